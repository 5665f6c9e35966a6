/// A kernel that reads several values of another one often needs only one of them, or two, to
/// compute the others again: moving bytes takes longer than arithmetic.
///
///   kernel A                 kernel B                 kernel A         kernel B
///   s = x · w                                         s = x · w
///   a = s / √2                                        e = erf(s / √2)
///   e = erf(a)           →   dy * (a + e + b)    →    y = s / 2 * e    a = s / √2
///   b = s / 2                                                          b = s / 2
///   y = b * e                                                          dy * (a + e + b)
///   writes a, e, b, y        reads a, e, b            writes s, e, y   reads s, e
///
/// Groups are asked one after the other, the last one first: so it is known of each value who still
/// reads it when its own group's turn comes. What a group is to read and what it is to compute is a
/// minimum cut (cheapest_cut.h) through what its operands are made of, back to values in memory. A
/// value that is not written otherwise costs the write too, which its readers share; they do the
/// same then. Whether that pays is up to the cost of all kernels that change. Never computed
/// again are sums and the like, what is looked up in tables, and what a contraction multiplies.
///
/// What a contraction multiplies there and back would keep its memory from the one until the other.
/// So a kernel on the way back writes it again, if it has what it is made of:
///
///   A writes s, e, y                    A writes s, e, y
///   B multiplies y                      B multiplies y
///   C reads s, e                   →    C reads s, e, writes y again
///   D multiplies y                      D multiplies C's y
#include "passes/recompute.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "ir/ops.h"
#include "passes/grouping.h"
#include "passes/kernel_cost.h"
#include "passes/origins.h"

namespace gradc::passes {

namespace op = ir::op;
using ir::Graph;
using ir::NodeId;

namespace {

/// As many readers of a value do as one of them does.
constexpr std::size_t most_readers = 8;
/// Results of so many bytes between a value and its reader: till then it keeps memory from others.
constexpr double far_bytes = 8 << 20;
/// A saving below this part of what a kernel reads and writes is not worth larger code.
constexpr double least_part_saved = 1.0 / 64;

bool contains(const std::vector<NodeId>& sorted, NodeId node) {
  return std::ranges::binary_search(sorted, node);
}

/// Where the elements of a view lie.
NodeId storage(const Graph& graph, NodeId node) {
  while (graph[node].op == &op::reshape) node = graph.operand(node, 0);
  return node;
}

/// The members that the results depend on.
std::vector<NodeId> busy_members(const Graph& graph, const KernelNodes& kernel) {
  std::set<NodeId> needed(kernel.results.begin(), kernel.results.end());
  std::vector<NodeId> out;
  for (auto node = kernel.members.rbegin(); node != kernel.members.rend(); ++node) {
    if (!needed.contains(*node)) continue;
    out.push_back(*node);
    for (const ir::Use& use : graph.operands(*node)) needed.insert(use.def);
  }
  std::ranges::reverse(out);
  return out;
}

class Recomputation {
 public:
  Recomputation(const Graph& graph, const Groups& groups, GroupKernels& facts)
      : graph_(graph),
        groups_(groups),
        facts_(facts),
        kernels_(kernels_of_groups(graph, groups)),
        is_settled_(graph.size()),
        readers_(graph),
        is_pinned_(graph),
        place_(graph.size()) {
    for (const NodeId node : nodes(graph))
      if (!is_computed(graph[node]) && graph[node].op != &op::reshape)
        for (const ir::Use& use : graph.operands(node)) is_pinned_[storage(graph, use.def)] = true;
    for (const GroupId group : groups.in_order()) {
      for (const NodeId value : reads(kernel(group).members)) readers_[value].insert(group);
      for (const NodeId factor : factors_of(group)) is_pinned_[storage(graph, factor)] = true;
    }
  }

  std::vector<KernelNodes> run() {
    const std::vector<GroupId> order = groups_.in_order();
    for (auto group = order.rbegin(); group != order.rend(); ++group)
      if (!kernel(*group).members.empty()) settle(*group);
    measure_distances();
    for (const GroupId group : order) write_late(group);
    return std::move(kernels_);
  }

 private:
  using Members = std::map<GroupId, std::vector<NodeId>>;

  const KernelNodes& kernel(GroupId group) const { return kernels_[index(group)]; }

  void settle(GroupId group) {
    const auto least = least_part_saved * static_cast<double>(facts_.of(kernel(group))->traffic);
    make_if_it_saves(0, change_to({{group, busy_members(graph_, kernel(group))}}));
    for (const Members& members : proposals(group))
      if (make_if_it_saves(least, change_to(members))) break;
    is_settled_[index(group)] = true;
  }

  // ---- What crosses from kernel to kernel ------------------------------------------------------

  /// The values in memory that a kernel reads.
  std::set<NodeId> reads(const std::vector<NodeId>& members) const {
    std::set<NodeId> out;
    for (const NodeId node : members)
      for (const ir::Use& use : graph_.operands(node))
        if (!contains(members, use.def)) out.insert(storage(graph_, use.def));
    return out;
  }

  /// The operands of a contraction's product.
  std::set<NodeId> factors_of(GroupId group) {
    const KernelNodes& kernel = this->kernel(group);
    std::set<NodeId> out, inside;
    if (kernel.members.empty() || !facts_.of(kernel)->is_contraction) return out;
    for (auto node = kernel.members.rbegin(); node != kernel.members.rend(); ++node) {
      const bool is_sum = graph_[*node].op->kernel && reductions(kernel_of(graph_, *node)) > 0;
      if (!is_sum && !inside.contains(*node)) continue;
      for (const ir::Use& use : graph_.operands(*node))
        (contains(kernel.members, use.def) ? inside : out).insert(use.def);
    }
    return out;
  }

  /// Kernels that become others, and values with other readers than before.
  struct Change {
    std::map<GroupId, KernelNodes> kernels;
    std::map<NodeId, std::set<GroupId>> readers;
  };

  /// Groups get other members: then others write more or less.
  Change change_to(const Members& members) const {
    Change out;
    const auto readers_of = [&](NodeId value) -> std::set<GroupId>& {
      return out.readers.try_emplace(value, readers_[value]).first->second;
    };
    for (const auto& [group, nodes] : members) {
      out.kernels[group] = {nodes, kernel(group).results};
      for (const NodeId value : reads(kernel(group).members)) readers_of(value).erase(group);
      for (const NodeId value : reads(nodes)) readers_of(value).insert(group);
    }
    for (const auto& [value, readers] : out.readers) {
      if (!is_computed(graph_[value])) continue;
      const GroupId owner = groups_.group_of(value);
      std::vector<NodeId>& results =
          out.kernels.try_emplace(owner, kernel(owner)).first->second.results;
      std::erase(results, value);
      if (is_pinned_[value] || !readers.empty())
        results.insert(std::ranges::lower_bound(results, value), value);
    }
    return out;
  }

  // ---- What pays -------------------------------------------------------------------------------

  bool make_if_it_saves(double least, Change change) {
    double saved = 0;
    for (const auto& [group, to] : change.kernels) saved += cost(kernel(group)) - cost(to);
    if (saved < least) return false;
    for (auto& [group, kernel] : change.kernels) kernels_[index(group)] = std::move(kernel);
    for (auto& [value, readers] : change.readers) readers_[value] = std::move(readers);
    return true;
  }

  /// Unlimited if code cannot be generated for it.
  double cost(const KernelNodes& kernel) {
    if (kernel.results.empty()) return 0;
    const auto& facts = facts_.of(kernel);
    return facts && facts->is_supported ? facts->cost : std::numeric_limits<double>::infinity();
  }

  // ---- What to try -----------------------------------------------------------------------------

  /// The group with what it had better compute itself: with other readers of what it reads no
  /// longer, and alone.
  std::vector<Members> proposals(GroupId group) {
    const std::vector<NodeId> computed = to_compute(group);
    if (computed.empty()) return {};
    const Members alone{{group, with(kernel(group).members, computed)}};
    Members together = alone;
    for (const NodeId node : computed)
      for (const GroupId reader : other_readers(node, group))
        together[reader] = with(kernel(reader).members, behind(reader, computed));
    return together.size() > 1 ? std::vector{together, alone} : std::vector{alone};
  }

  std::vector<NodeId> to_compute(GroupId group) {
    const std::vector<NodeId>& members = kernel(group).members;
    const std::set<NodeId> factors = factors_of(group);  // are read in any case
    Origins origins(graph_, computing_, [&](NodeId node) {
      return factors.contains(node) ? 0 : price_of_reading(node, group);
    });
    for (const NodeId member : members)
      for (const ir::Use& use : graph_.operands(member))
        if (!contains(members, use.def)) origins.need(use.def);
    return origins.to_compute();
  }

  double price_of_reading(NodeId node, GroupId group) const {
    const NodeId value = storage(graph_, node);
    if (is_computed(graph_[value]) && kernel(groups_.group_of(value)).results.empty())
      return Obtainable::never;
    return cost_of_moving(graph_[value].type) + share_of_write(value, group);
  }

  /// A group's part of what writing a value costs: nothing if it is written anyway.
  double share_of_write(NodeId value, GroupId group) const {
    if (!is_computed(graph_[value]) || is_pinned_[value]) return 0;
    const std::set<GroupId>& readers = readers_[value];
    const auto is_settled = [&](GroupId reader) { return is_settled_[index(reader)]; };
    if (std::ranges::any_of(readers, is_settled)) return 0;
    const std::size_t count = readers.size() + (readers.contains(group) ? 0 : 1);
    return cost_of_moving(graph_[value].type) / static_cast<double>(count);
  }

  /// Who else would have to compute a value, so that it need not be written.
  std::set<GroupId> other_readers(NodeId value, GroupId group) const {
    std::set<GroupId> out = readers_[value];
    const bool is_ours = out.erase(group) == 1;
    if (!is_ours || is_pinned_[value] || out.size() >= most_readers) return {};
    return out;
  }

  /// Those of `nodes` that a group has to compute if it does not read them.
  std::vector<NodeId> behind(GroupId group, const std::vector<NodeId>& nodes) const {
    std::set<NodeId> operands;
    for (const NodeId member : kernel(group).members)
      for (const ir::Use& use : graph_.operands(member)) operands.insert(use.def);
    std::vector<NodeId> out;
    for (auto node = nodes.rbegin(); node != nodes.rend(); ++node) {
      if (!operands.contains(*node) || contains(kernel(group).members, *node)) continue;
      out.push_back(*node);
      for (const ir::Use& use : graph_.operands(*node)) operands.insert(use.def);
    }
    return out;
  }

  static std::vector<NodeId> with(std::vector<NodeId> members, const std::vector<NodeId>& more) {
    members.insert(members.end(), more.begin(), more.end());
    std::ranges::sort(members);
    return members;
  }

  // ---- What is read long after it is written ---------------------------------------------------

  /// Where a group comes, and the bytes of all results before it.
  struct Position {
    std::size_t number;
    double bytes;
  };

  void measure_distances() {
    double bytes = 0;
    std::size_t number = 0;
    for (const GroupId group : groups_.in_order()) {
      place_[index(group)] = {number++, bytes};
      for (const NodeId result : kernel(group).results)
        bytes += static_cast<double>(graph_[result].type.bytes());
    }
  }

  bool is_far(GroupId from, GroupId to) const {
    return place_[index(to)].bytes - place_[index(from)].bytes > far_bytes;
  }

  /// The group also writes what another one wrote long before and readers behind it need, if it has
  /// all that this is made of.
  void write_late(GroupId group) {
    const std::vector<NodeId>& members = kernel(group).members;
    if (members.empty()) return;
    std::set<NodeId> here = reads(members), candidates;
    here.insert(members.begin(), members.end());
    for (const NodeId node : here)
      for (const ir::Use& use : graph_.uses(node)) candidates.insert(use.user);
    for (const NodeId value : candidates) {
      if (is_late_.contains(value) || !is_read_late(value, group) || !computing_.of(value))
        continue;
      const auto is_here = [&](const ir::Use& use) { return here.contains(use.def); };
      if (!std::ranges::all_of(graph_.operands(value), is_here)) continue;
      KernelNodes more{with(members, {value}), with(kernel(group).results, {value})};
      const auto& facts = facts_.of(more);
      if (!facts || !facts->is_supported) continue;
      kernels_[index(group)] = std::move(more);
      is_late_.insert(value);
    }
  }

  /// Somebody reads the value after the group, long after it was written; till the group nobody
  /// does but those who follow the writer.
  bool is_read_late(NodeId value, GroupId group) const {
    if (!is_computed(graph_[value]) || groups_.group_of(value) == group) return false;
    const GroupId writer = groups_.group_of(value);
    if (!is_far(writer, group)) return false;
    bool is_read_behind = false;
    for (const GroupId reader : readers_[value]) {
      const bool is_behind = place_[index(reader)].number > place_[index(group)].number;
      if (!is_behind && is_far(writer, reader)) return false;
      is_read_behind = is_read_behind || is_behind;
    }
    return is_read_behind;
  }

  const Graph& graph_;
  const Groups& groups_;
  GroupKernels& facts_;
  ComputingPrices computing_{graph_};
  std::vector<KernelNodes> kernels_;        ///< by group
  std::vector<bool> is_settled_;            ///< by group
  ir::NodeMap<std::set<GroupId>> readers_;  ///< of values in memory
  ir::NodeMap<char> is_pinned_;             ///< a value is written in any case
  std::vector<Position> place_;             ///< by group
  std::set<NodeId> is_late_;                ///< values that are written again
};

}  // namespace

std::vector<KernelNodes> kernels_of_groups(const Graph& graph, const Groups& groups) {
  std::vector<KernelNodes> out(graph.size());
  for (const GroupId group : groups.in_order()) {
    const std::vector<NodeId>& members = groups.members(group);
    if (is_computed(graph[members[0]])) out[index(group)] = kernel_of_members(graph, members);
  }
  return out;
}

std::vector<KernelNodes> recompute(const Graph& graph, const Groups& groups, GroupKernels& facts) {
  return Recomputation(graph, groups, facts).run();
}

}  // namespace gradc::passes
