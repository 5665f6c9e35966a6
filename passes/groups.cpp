#include "passes/groups.h"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/depth_first_search.hpp>
#include <map>
#include <set>

namespace gradc::passes {

using ir::NodeId;

namespace {

using Between = boost::adjacency_list<boost::setS, boost::vecS, boost::bidirectionalS>;
using Vertex = boost::graph_traits<Between>::vertex_descriptor;

Vertex vertex(GroupId group) { return static_cast<Vertex>(group); }
GroupId group(Vertex vertex) { return static_cast<GroupId>(vertex); }

}  // namespace

struct Groups::Contraction {
  Between graph;
};

Groups::Groups(const ir::Graph& graph)
    : contraction_(std::make_unique<Contraction>()), group_of_(graph) {
  contraction_->graph = Between(graph.size());
  for (const NodeId node : nodes(graph)) {
    const auto own = static_cast<GroupId>(node);
    group_of_[node] = own;
    members_.push_back({node});
    position_.push_back(position_.size());
    at_position_.emplace_back(own);
    for (const ir::Use& use : graph.operands(node))
      add_edge(vertex(group_of_[use.def]), vertex(own), contraction_->graph);
  }
}

Groups::Groups(Groups&&) noexcept = default;
Groups::~Groups() = default;

std::vector<GroupId> Groups::dependants_between(GroupId first, GroupId last) const {
  const Between& graph = contraction_->graph;
  std::map<Vertex, boost::default_color_type> colors;
  const boost::associative_property_map color_map(colors);
  const auto is_past = [&](Vertex v, const Between&) {
    return position_[v] >= position_[index(last)];
  };
  for (const Vertex next : boost::make_iterator_range(adjacent_vertices(vertex(first), graph)))
    if (next != vertex(last) && colors[next] == boost::white_color)
      boost::depth_first_visit(graph, next, boost::default_dfs_visitor(), color_map, is_past);

  std::vector<GroupId> out;
  for (const auto& [found, color] : colors)
    if (position_[found] <= position_[index(last)] && color != boost::white_color)
      out.push_back(group(found));
  return out;
}

bool Groups::may_merge(GroupId a, GroupId b) const {
  if (position_[index(a)] > position_[index(b)]) std::swap(a, b);
  // Far apart there is almost always a path, and finding it would take a walk over half of the
  // graph.
  constexpr std::size_t near = 16384;
  if (a == b || position_[index(b)] - position_[index(a)] > near) return false;
  const std::vector<GroupId> dependants = dependants_between(a, b);
  return std::ranges::find(dependants, b) == dependants.end();
}

/// Move what depends on `first` behind `last`: then `first` can be where `last` is.
void Groups::reorder(GroupId first, GroupId last) {
  const std::vector<GroupId> dependants = dependants_between(first, last);
  const std::set<GroupId> behind(dependants.begin(), dependants.end());
  const std::size_t begin = position_[index(first)], end = position_[index(last)];
  std::vector<std::optional<GroupId>> before_it, after_it;
  for (std::size_t i = begin + 1; i < end; ++i) {
    if (!at_position_[i]) continue;
    (behind.contains(*at_position_[i]) ? after_it : before_it).push_back(at_position_[i]);
  }

  std::vector<std::optional<GroupId>> order = std::move(before_it);
  order.emplace_back(last);
  order.insert(order.end(), after_it.begin(), after_it.end());
  order.resize(end + 1 - begin);
  for (std::size_t i = 0; i < order.size(); ++i) {
    at_position_[begin + i] = order[i];
    if (order[i]) position_[index(*order[i])] = begin + i;
  }
}

GroupId Groups::merge(GroupId a, GroupId b) {
  if (position_[index(a)] > position_[index(b)]) std::swap(a, b);
  assert(may_merge(a, b) && "the graph between groups stays acyclic");
  reorder(a, b);

  Between& graph = contraction_->graph;
  for (const Vertex user : boost::make_iterator_range(adjacent_vertices(vertex(a), graph)))
    if (user != vertex(b)) add_edge(vertex(b), user, graph);
  for (const Vertex def : boost::make_iterator_range(inv_adjacent_vertices(vertex(a), graph)))
    add_edge(def, vertex(b), graph);
  clear_vertex(vertex(a), graph);

  std::vector<NodeId>& members = members_[index(b)];
  for (const NodeId node : members_[index(a)]) {
    group_of_[node] = b;
    members.push_back(node);
  }
  std::ranges::sort(members);
  members_[index(a)].clear();
  return b;
}

std::vector<GroupId> Groups::in_order() const {
  std::vector<GroupId> out;
  for (const auto& group : at_position_)
    if (group) out.push_back(*group);
  return out;
}

std::vector<GroupId> Groups::neighbours(GroupId of) const {
  std::set<GroupId> out;
  for (const Vertex v :
       boost::make_iterator_range(adjacent_vertices(vertex(of), contraction_->graph)))
    out.insert(group(v));
  for (const Vertex v :
       boost::make_iterator_range(inv_adjacent_vertices(vertex(of), contraction_->graph)))
    out.insert(group(v));
  return {out.begin(), out.end()};
}

}  // namespace gradc::passes
