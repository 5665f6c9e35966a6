#include "ir/order.h"

#include <boost/graph/breadth_first_search.hpp>
#include <boost/graph/dominator_tree.hpp>
#include <boost/graph/reverse_graph.hpp>
#include <cassert>
#include <random>

#include "ir/boost_graph.h"
#include "ir/ops.h"

namespace gradc::ir {

namespace {

/// What a breadth-first search from `sources` finds. Nothing of an earlier search is visited again,
/// so several sources cost one sweep.
template <typename AnyGraph>
NodeSet found_from(const AnyGraph& any_graph, const Graph& graph, std::span<const NodeId> sources) {
  NodeMap<boost::default_color_type> colors(graph, boost::white_color);
  boost::queue<NodeId> queue;
  const boost::bfs_visitor<> visitor;
  for (const NodeId n : sources)
    if (colors[n] == boost::white_color)
      boost::breadth_first_visit(any_graph, n, queue, visitor, &colors);

  NodeSet out(graph);
  for (const NodeId n : nodes(graph))
    if (colors[n] != boost::white_color) out.insert(n);
  return out;
}

/// A number below `count`, the same on every machine (std::uniform_int_distribution is not).
std::size_t draw(std::mt19937_64& random, std::size_t count) { return random() % count; }

/// Inputs keep their order: each may come only after the one before it.
NodeMap<int> waits_for(const Graph& graph) {
  NodeMap<int> out(graph);
  for (const NodeId n : nodes(graph)) out[n] = static_cast<int>(graph.operands(n).size());
  const std::vector<NodeId> all_inputs = inputs(graph);
  for (std::size_t i = 1; i < all_inputs.size(); ++i) ++out[all_inputs[i]];
  return out;
}

/// The ids in a random order that respects operands, the inputs' order, and `return` last.
std::vector<NodeId> random_order(const Graph& graph, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const NodeId last = return_node(graph);
  const std::vector<NodeId> all_inputs = inputs(graph);
  std::size_t next_input = 1;
  NodeMap<int> waiting = waits_for(graph);
  std::vector<NodeId> ready, out;
  const auto release = [&](NodeId n) {
    if (--waiting[n] == 0 && n != last) ready.push_back(n);
  };

  for (const NodeId n : nodes(graph))
    if (waiting[n] == 0 && n != last) ready.push_back(n);
  while (!ready.empty()) {
    std::swap(ready[draw(random, ready.size())], ready.back());
    const NodeId n = ready.back();
    ready.pop_back();
    out.push_back(n);
    for (const Use& use : graph.uses(n)) release(use.user);
    if (graph[n].op == &op::input && next_input < all_inputs.size())
      release(all_inputs[next_input++]);
  }
  out.push_back(last);
  return out;
}

}  // namespace

NodeSet reaching(const Graph& graph, NodeId n) {
  return found_from(boost::make_reverse_graph(graph), graph, std::span(&n, 1));
}

NodeSet reachable_from(const Graph& graph, std::span<const NodeId> sources) {
  return found_from(graph, graph, sources);
}

NodeMap<NodeId> post_dominators(const Graph& graph) {
  NodeMap<NodeId> out(graph);
  for (const NodeId n : nodes(graph)) out[n] = n;
  const auto reverse = boost::make_reverse_graph(graph);
  boost::lengauer_tarjan_dominator_tree(reverse, return_node(graph), &out);
  return out;
}

Graph shuffled(const Graph& graph, std::uint64_t seed) {
  Graph out;
  out.location = graph.location;
  out.name = graph.name;
  NodeMap<NodeId> renumbered(graph);
  for (const NodeId n : random_order(graph, seed)) {
    std::vector<NodeId> operands;
    for (const Use& use : graph.operands(n)) operands.push_back(renumbered[use.def]);
    Node node = graph[n];
    for (Graph& body : node.bodies) body = shuffled(body, seed);
    renumbered[n] = out.append(std::move(node), operands);
  }
  assert(out.size() == graph.size() && "every node has its turn");
  return out;
}

}  // namespace gradc::ir
