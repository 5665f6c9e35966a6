#include "ir/print_dot.h"

#include <fmt/ranges.h>

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/graphviz.hpp>
#include <sstream>

#include "ir/ops.h"
#include "ir/print.h"

namespace gradc::ir {

namespace {

struct Box {
  std::string label;  // names and types: nothing in it needs an escape
  std::string shape;
};
/// The graph as it is drawn: the insides of `fused` nodes in place of the nodes.
using Picture = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, Box>;
using Vertex = boost::graph_traits<Picture>::vertex_descriptor;
using Vertices = std::vector<Vertex>;

class Artist {
 public:
  void draw(const Graph& graph) {
    Vertices arguments;
    const NodeMap<std::string> names = names_of(graph);
    for (const NodeId n : inputs(graph)) arguments.push_back(box(graph, n, names, "ellipse"));
    draw_nodes(graph, names, arguments);
  }

  std::string text() const {
    std::ostringstream out;
    const auto write_box = [&](std::ostream& to, Vertex v) {
      to << fmt::format("[label=\"{}\", shape={}]", picture_[v].label, picture_[v].shape);
    };
    const auto write_edge = [](std::ostream&, const auto&) {};
    const auto write_clusters = [&](std::ostream& to) {
      to << "node [fontname=monospace];\n";
      for (std::size_t i = 0; i < clusters_.size(); ++i)
        to << fmt::format("subgraph cluster{} {{ style=rounded; {}; }}\n", i,
                          fmt::join(clusters_[i], "; "));
    };
    boost::write_graphviz(out, picture_, write_box, write_edge, write_clusters);
    return out.str();
  }

 private:
  Vertex box(const Graph& graph, NodeId n, const NodeMap<std::string>& names,
             const std::string& shape) {
    const Node& node = graph[n];
    const bool is_return = node.op == &op::return_;
    return boost::add_vertex(
        {is_return ? "return"
                   : fmt::format("{} = {}\\n{}", names[n], node.op->name, to_string(node.type)),
         shape},
        picture_);
  }

  /// Draw what is not an input; returns the vertices of the results.
  Vertices draw_nodes(const Graph& graph, const NodeMap<std::string>& names,
                      const Vertices& arguments) {
    NodeMap<Vertices> drawn(graph);  // a vertex per result of the node
    auto argument = arguments.begin();
    const auto operands_of = [&](NodeId n) {
      Vertices out;
      for (const Use& use : graph.operands(n)) out.push_back(drawn[use.def].front());
      return out;
    };
    for (const NodeId n : nodes(graph)) {
      const Node& node = graph[n];
      if (node.op == &op::input)
        drawn[n] = {*argument++};
      else if (node.op == &op::fused)
        drawn[n] = draw_cluster(node.bodies.front(), operands_of(n));
      else if (node.op == &op::result)
        drawn[n] = {drawn[graph.operand(n, 0)]
                         [static_cast<std::size_t>(node.attributes.get<std::int64_t>("index"))]};
      else if (node.op != &op::return_ || clusters_open_ == 0)
        drawn[n] = {draw_node(graph, n, names, operands_of(n))};
    }
    return operands_of(return_node(graph));
  }

  Vertex draw_node(const Graph& graph, NodeId n, const NodeMap<std::string>& names,
                   const Vertices& operands) {
    const Vertex v = box(graph, n, names, "box");
    for (const Vertex operand : operands) boost::add_edge(operand, v, picture_);
    return v;
  }

  Vertices draw_cluster(const Graph& body, const Vertices& arguments) {
    const Vertex first = boost::num_vertices(picture_);
    ++clusters_open_;
    const Vertices results = draw_nodes(body, names_of(body), arguments);
    --clusters_open_;
    Vertices members;
    for (Vertex v = first; v < boost::num_vertices(picture_); ++v) members.push_back(v);
    if (!members.empty()) clusters_.push_back(std::move(members));
    return results;
  }

  Picture picture_;
  std::vector<Vertices> clusters_;
  int clusters_open_ = 0;
};

}  // namespace

std::string to_dot(const Graph& graph) {
  Artist artist;
  artist.draw(graph);
  return artist.text();
}

std::string to_dot(const Program& program) {
  std::string out;
  for (const Entry& entry : program.entries) out += to_dot(entry.graph);
  return out;
}

}  // namespace gradc::ir
