#include "passes/grouping.h"

#include <algorithm>
#include <array>
#include <map>
#include <queue>
#include <set>

#include "ir/ops.h"

namespace gradc::passes {

namespace op = ir::op;
using ir::Graph;
using ir::NodeId;

namespace {

/// Larger groups are not worth the time it takes to compile them.
constexpr std::size_t most_members = 64;
/// Two kernels that would hardly save a part of what they read and write stay apart: each is
/// simpler alone. But for tiny ones every call counts.
constexpr std::int64_t small_part = 64;
constexpr std::int64_t tiny_bytes = 8192;
/// A value with more users than this says nothing about which of them belong together.
constexpr std::size_t most_siblings = 16;

bool is_splat_constant(const ir::Node& node) {
  return node.op == &op::constant && node.attributes.get<std::vector<double>>("values").size() == 1;
}

/// Two groups that may become one, best first.
struct Candidate {
  std::int64_t saved_bytes;
  GroupId a, b;
  std::size_t members_of_a,
      members_of_b;  // when they were looked at: a group that has grown is another group

  bool operator<(const Candidate& other) const {
    return std::tuple(saved_bytes, other.a, other.b) < std::tuple(other.saved_bytes, a, b);
  }
};

class Grouping {
 public:
  Grouping(const Graph& graph, GroupKernels& kernels)
      : graph_(graph), groups_(graph), kernels_(kernels), costs_(graph.size(), 0) {}

  void place_constants() {
    for (const NodeId node : nodes(graph_)) {
      if (!is_splat_constant(graph_[node]) || graph_.uses(node).size() != 1) continue;
      const NodeId user = graph_.uses(node)[0].user;
      if (!is_computed(graph_[user])) continue;
      const GroupId a = groups_.group_of(node), b = groups_.group_of(user);
      if (facts_of_all(std::array{a, b})) groups_.merge(a, b);
    }
  }

  void merge_while_it_pays() {
    for (const GroupId group : groups_.in_order())
      if (is_computed(group))
        costs_[index(group)] = kernels_.of(kernel_of_members(graph_, groups_.members(group)))->cost;
    for (const GroupId group : groups_.in_order()) add_candidates(group);
    while (!candidates_.empty()) {
      const Candidate best = candidates_.top();
      candidates_.pop();
      if (is_current(best)) consider(best);
    }
  }

  Groups finish() { return std::move(groups_); }

 private:
  bool is_computed(const ir::Node& node) const { return passes::is_computed(node); }
  bool is_computed(GroupId group) const {
    return !groups_.members(group).empty() && is_computed(graph_[groups_.members(group)[0]]);
  }

  // ---- One pair ------------------------------------------------------------------------------

  std::optional<GroupKernels::Facts> facts_of_all(std::span<const GroupId> groups) {
    std::vector<NodeId> members;
    for (const GroupId group : groups)
      members.insert(members.end(), groups_.members(group).begin(), groups_.members(group).end());
    if (members.size() > most_members) return std::nullopt;
    std::ranges::sort(members);
    return kernels_.of(kernel_of_members(graph_, std::move(members)));
  }

  bool is_current(const Candidate& candidate) const {
    return groups_.members(candidate.a).size() == candidate.members_of_a &&
           groups_.members(candidate.b).size() == candidate.members_of_b;
  }

  void consider(const Candidate& candidate) {
    const auto chain = chain_of(candidate);
    if (chain.empty()) return;
    const auto together = facts_of_all(chain);
    if (!together || !together->is_supported) return;
    const bool saves_little = candidate.saved_bytes < together->traffic / small_part;
    if (saves_little && together->traffic > tiny_bytes) return;
    double apart = 0;
    for (const GroupId group : chain) apart += costs_[index(group)];
    if (together->cost >= apart) return;
    GroupId merged = chain[0];
    for (const GroupId group : std::span(chain).subspan(1)) merged = groups_.merge(merged, group);
    costs_[index(merged)] = together->cost;
    add_candidates(merged);
  }

  /// The two groups and what is between them, such as the mean between a sum and the deviations
  /// from it, in order; nothing if that cannot be one kernel.
  std::vector<GroupId> chain_of(const Candidate& candidate) const {
    const auto [a, b] = groups_.ordered(candidate.a, candidate.b);
    if (groups_.may_merge(a, b)) return {a, b};
    const auto between = groups_.between(a, b);
    const auto is_computed = [&](GroupId group) { return this->is_computed(group); };
    if (!between || !std::ranges::all_of(*between, is_computed)) return {};
    std::vector<GroupId> out{a};
    out.insert(out.end(), between->begin(), between->end());
    out.push_back(b);
    return out;
  }

  // ---- Finding pairs -------------------------------------------------------------------------

  void add_candidates(GroupId group) {
    if (!is_computed(group)) return;
    for (const GroupId other : partners(group)) {
      const auto [a, b] = std::minmax(group, other);
      candidates_.push(
          {saved_bytes(a, b), a, b, groups_.members(a).size(), groups_.members(b).size()});
    }
  }

  /// Computed groups that read from this one, that it reads from, or that read what it reads.
  std::set<GroupId> partners(GroupId group) const {
    std::set<GroupId> out;
    for (const GroupId neighbour : groups_.neighbours(group)) out.insert(neighbour);
    for (const NodeId node : groups_.members(group))
      for (const ir::Use& use : graph_.operands(node)) {
        if (graph_.uses(use.def).size() > most_siblings) continue;
        for (const ir::Use& sibling : graph_.uses(use.def))
          out.insert(groups_.group_of(sibling.user));
      }
    out.erase(group);
    std::erase_if(out, [&](GroupId other) { return !is_computed(other); });
    return out;
  }

  /// Bytes that need not be written and read if the two are one.
  std::int64_t saved_bytes(GroupId a, GroupId b) const {
    std::int64_t saved = 0;
    const std::set<NodeId> read_by_a = reads(a), read_by_b = reads(b);
    for (const NodeId def : read_by_a)
      if (read_by_b.contains(def)) saved += graph_[def].type.bytes();
    for (const NodeId def : read_by_b)
      if (groups_.group_of(def) == a) saved += saved_by_hand_over(def, a, b);
    for (const NodeId def : read_by_a)
      if (groups_.group_of(def) == b) saved += saved_by_hand_over(def, a, b);
    return saved;
  }

  /// A value of one group that the other reads: one read, and the write if nobody else reads it.
  std::int64_t saved_by_hand_over(NodeId def, GroupId a, GroupId b) const {
    const auto is_elsewhere = [&](const ir::Use& use) {
      const GroupId user = groups_.group_of(use.user);
      return user != a && user != b;
    };
    const bool is_read_elsewhere = std::ranges::any_of(graph_.uses(def), is_elsewhere);
    return graph_[def].type.bytes() * (is_read_elsewhere ? 1 : 2);
  }

  std::set<NodeId> reads(GroupId group) const {
    std::set<NodeId> out;
    for (const NodeId node : groups_.members(group))
      for (const ir::Use& use : graph_.operands(node))
        if (groups_.group_of(use.def) != group) out.insert(use.def);
    return out;
  }

  const Graph& graph_;
  Groups groups_;
  GroupKernels& kernels_;
  std::vector<double> costs_;  // by group
  std::priority_queue<Candidate> candidates_;
};

}  // namespace

bool is_computed(const ir::Node& node) {
  return is_splat_constant(node) || (node.op->kernel && node.op != &op::fused);
}

Groups group_constants(const Graph& graph, GroupKernels& kernels) {
  Grouping grouping(graph, kernels);
  grouping.place_constants();
  return grouping.finish();
}

Groups group(const Graph& graph, GroupKernels& kernels) {
  Grouping grouping(graph, kernels);
  grouping.place_constants();
  grouping.merge_while_it_pays();
  return grouping.finish();
}

}  // namespace gradc::passes
