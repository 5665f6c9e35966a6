#include "passes/groups.h"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <deque>
#include <set>

namespace gradc::passes {

using ir::NodeId;

namespace {

using Between = boost::adjacency_list<boost::setS, boost::vecS, boost::bidirectionalS>;
using Vertex = boost::graph_traits<Between>::vertex_descriptor;

Vertex vertex(GroupId group) { return static_cast<Vertex>(group); }
GroupId group(Vertex vertex) { return static_cast<GroupId>(vertex); }

/// Labels of neighbours are so far apart at first.
constexpr std::uint64_t gap = std::uint64_t{1} << 32;

/// After so many edges there is almost always a path, and it takes long to find.
constexpr std::size_t most_edges = 2048;

/// Two groups with more than this between them, or with more that depends on the first one, are far
/// apart.
constexpr std::size_t most_between = 32, most_found = 64;

/// A walk from a group, breadth first, one edge at a time. `Neighbours` says where edges lead.
template <typename Neighbours>
class Walk {
 public:
  Walk(Neighbours neighbours, Vertex start) : neighbours_(neighbours) { open(start); }

  /// Where the next edge leads; nothing if there is none left.
  std::optional<Vertex> next() {
    while (!open_.empty() && open_.front().first == open_.front().second) {
      open_.pop_front();
      is_at_start_ = false;
    }
    return open_.empty() ? std::nullopt : std::optional(*open_.front().first++);
  }
  /// Was the last edge one of the group where the walk began?
  bool is_at_start() const { return is_at_start_; }

  void enter(Vertex v) {
    if (found_.insert(v).second) open(v);
  }
  /// What was entered.
  const std::set<Vertex>& found() const { return found_; }

 private:
  void open(Vertex v) { open_.push_back(neighbours_(v)); }

  Neighbours neighbours_;
  std::deque<std::invoke_result_t<Neighbours, Vertex>> open_;
  std::set<Vertex> found_;
  bool is_at_start_ = true;
};

std::vector<GroupId> groups(const std::set<Vertex>& vertices) {
  std::vector<GroupId> out;
  for (const Vertex v : vertices) out.push_back(group(v));
  return out;
}

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
    label_.push_back(gap * (index(own) + 1));
    order_.emplace_hint(order_.end(), label_.back(), own);
    for (const ir::Use& use : graph.operands(node))
      add_edge(vertex(group_of_[use.def]), vertex(own), contraction_->graph);
  }
}

Groups::Groups(Groups&&) noexcept = default;
Groups::~Groups() = default;

/// What must not stay between two groups that become one. It is enough to know the dependants of
/// the first one, or else what the last one depends on.
struct Groups::Obstacle {
  bool are_dependants;
  std::vector<GroupId> groups;
};

/// Walks from both ends until one walk has seen everything, or they meet: then there is a path, and
/// nothing is returned.
std::optional<Groups::Obstacle> Groups::obstacle(GroupId first, GroupId last) const {
  const Between& graph = contraction_->graph;
  Walk down([&](Vertex v) { return adjacent_vertices(v, graph); }, vertex(first));
  Walk up([&](Vertex v) { return inv_adjacent_vertices(v, graph); }, vertex(last));
  for (std::size_t edges = 0; edges < most_edges; ++edges) {
    const auto user = down.next();
    if (!user) return Obstacle{true, groups(down.found())};
    const bool is_path_down = user == vertex(last) && !down.is_at_start();
    if (is_path_down || up.found().contains(*user)) return std::nullopt;
    if (is_before(group(*user), last)) down.enter(*user);

    const auto def = up.next();
    if (!def) return Obstacle{false, groups(up.found())};
    const bool is_path_up = def == vertex(first) && !up.is_at_start();
    if (is_path_up || down.found().contains(*def)) return std::nullopt;
    if (is_before(first, group(*def))) up.enter(*def);
  }
  return std::nullopt;
}

bool Groups::may_merge(GroupId a, GroupId b) const {
  if (a == b) return false;
  return (is_before(a, b) ? obstacle(a, b) : obstacle(b, a)).has_value();
}

std::optional<std::vector<GroupId>> Groups::between(GroupId a, GroupId b) const {
  if (is_before(b, a)) std::swap(a, b);
  const Between& graph = contraction_->graph;
  Walk down([&](Vertex v) { return adjacent_vertices(v, graph); }, vertex(a));
  while (const auto user = down.next()) {
    if (is_before(group(*user), b)) down.enter(*user);
    if (down.found().size() > most_found) return std::nullopt;
  }
  Walk up([&](Vertex v) { return inv_adjacent_vertices(v, graph); }, vertex(b));
  while (const auto def = up.next())
    if (down.found().contains(*def)) up.enter(*def);
  std::vector<GroupId> out = groups(up.found());
  std::ranges::sort(out, {}, [&](GroupId group) { return label_[index(group)]; });
  return out.size() > most_between ? std::nullopt : std::optional(std::move(out));
}

// ---- The order ---------------------------------------------------------------------------------

void Groups::relabel() {
  std::map<std::uint64_t, GroupId> order;
  for (const auto& [label, group] : order_) {
    label_[index(group)] = gap * (order.size() + 1);
    order.emplace_hint(order.end(), label_[index(group)], group);
  }
  order_ = std::move(order);
}

/// Move groups, in their order, to where nothing is between them and `place`.
void Groups::move(std::vector<GroupId> moving, GroupId place, bool behind) {
  std::ranges::sort(moving, {}, [&](GroupId group) { return label_[index(group)]; });
  for (const GroupId group : moving) order_.erase(label_[index(group)]);
  const auto room = [&] {
    const auto at = order_.find(label_[index(place)]);
    if (!behind) return std::pair(at == order_.begin() ? 0 : std::prev(at)->first, at->first);
    return std::pair(at->first,
                     std::next(at) == order_.end() ? at->first + gap : std::next(at)->first);
  };
  if (room().second - room().first <= moving.size()) relabel();
  const auto [low, high] = room();
  const std::uint64_t step = (high - low) / (moving.size() + 1);
  for (std::size_t i = 0; i < moving.size(); ++i) {
    label_[index(moving[i])] = low + (i + 1) * step;
    order_[label_[index(moving[i])]] = moving[i];
  }
}

GroupId Groups::merge(GroupId a, GroupId b) {
  if (!is_before(a, b)) std::swap(a, b);
  auto between = obstacle(a, b);
  assert(between && "the graph between groups stays acyclic");
  move(std::move(between->groups), between->are_dependants ? b : a, between->are_dependants);
  order_.erase(label_[index(a)]);
  if (!between->are_dependants) {
    order_.erase(label_[index(b)]);
    label_[index(b)] = label_[index(a)];
    order_[label_[index(b)]] = b;
  }

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
  for (const auto& [label, group] : order_) out.push_back(group);
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
