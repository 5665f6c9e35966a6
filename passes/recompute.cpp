#include "passes/recompute.h"

#include <algorithm>
#include <set>

#include "ir/compose.h"
#include "ir/ops.h"
#include "passes/grouping.h"
#include "passes/kernel_cost.h"
#include "passes/own_copies.h"
#include "passes/product.h"

namespace gradc::passes {

using ir::Graph;
using ir::NodeId;

namespace {

/// Longer chains are rarely cheaper than reading their result.
constexpr std::size_t most_repeated = 8;
constexpr std::size_t most_readers = 4;
/// Values that are smaller than this, or than this part of what is computed from them, are written
/// without a thought.
constexpr std::int64_t tiny_bytes = 4096;
constexpr std::int64_t small_part = 16;

bool is_elementwise(const Graph& graph, NodeId node) {
  return graph[node].op->form == ir::Form::elementwise || is_data_movement(graph, node);
}

class Recompute {
 public:
  Recompute(const Graph& graph, const Groups& groups)
      : graph_(graph), groups_(groups), kernels_(graph, groups) {}

  Kernels run() {
    for (const GroupId group : groups_.in_order()) {
      const std::vector<Candidate> candidates = candidates_of(group);
      // Two masks may be worth reading what they are masks of, where one of them is not.
      if (candidates.size() > 1) repeat_if_better(candidates);
      for (const Candidate& candidate : candidates)
        if (!repeats(candidate)) repeat_if_better({&candidate, 1});
    }
    return std::move(kernels_);
  }

 private:
  /// A value, who reads it, and all that has to be computed again for it.
  struct Candidate {
    NodeId value;
    std::vector<GroupId> readers;
    std::set<NodeId> repeated;
  };

  /// Values that a group reads from others.
  std::vector<Candidate> candidates_of(GroupId group) const {
    std::set<NodeId> seen;
    std::vector<Candidate> out;
    for (const NodeId node : groups_.members(group))
      for (const ir::Use& use : graph_.operands(node)) {
        const bool is_new = !kernels_.computes(group, use.def) && seen.insert(use.def).second;
        if (!is_new || !may_be_repeated(use.def)) continue;
        const GroupId owner = groups_.group_of(use.def);
        const auto readers = readers_of(owner, use.def);
        std::set<NodeId> repeated = behind(owner, use.def);
        if (readers && !repeated.empty()) out.push_back({use.def, *readers, std::move(repeated)});
      }
    return out;
  }

  bool may_be_repeated(NodeId value) const {
    return is_computed(graph_[value]) && is_elementwise(graph_, value) &&
           graph_[value].type.bytes() > tiny_bytes;
  }

  bool repeats(const Candidate& candidate) const {
    return kernels_.computes(candidate.readers[0], candidate.value);
  }

  void repeat_if_better(std::span<const Candidate> candidates) {
    std::set<GroupId> changed;
    std::vector<std::pair<NodeId, GroupId>> added;
    for (const Candidate& candidate : candidates) {
      changed.insert(groups_.group_of(candidate.value));
      for (const GroupId reader : candidate.readers) {
        changed.insert(reader);
        for (const NodeId node : candidate.repeated)
          if (!kernels_.computes(reader, node)) added.emplace_back(node, reader);
      }
    }
    const auto before = cost_of(changed);
    for (const auto& [node, reader] : added) kernels_.repeat(node, reader);
    const auto after = cost_of(changed);
    if (after && *after < *before) return;
    for (const auto& [node, reader] : added) kernels_.take_back(node, reader);
  }

  /// The kernels that read a value; nothing if it has to lie in memory.
  std::optional<std::vector<GroupId>> readers_of(GroupId owner, NodeId value) const {
    std::set<GroupId> out;
    for (const ir::Use& use : graph_.uses(value)) {
      if (!is_computed(graph_[use.user])) return std::nullopt;
      for (const GroupId group : kernels_.computed_in(use.user)) {
        if (group == owner || kernels_.computes(group, value)) continue;
        if (is_factor(group, use.user)) return std::nullopt;
        out.insert(group);
      }
    }
    if (out.empty() || out.size() > most_readers) return std::nullopt;
    return std::vector(out.begin(), out.end());
  }

  /// Does the node lead to a product in that group? Products read factors where they lie.
  bool is_factor(GroupId group, NodeId node) const {
    if (product_letters(graph_[node])) return true;
    return std::ranges::any_of(graph_.uses(node), [&](const ir::Use& use) {
      return groups_.group_of(use.user) == group && is_factor(group, use.user);
    });
  }

  /// The nodes of a kernel that have to be computed again for a value of it; none if that is not
  /// worth trying. What lies in memory, or is so small that it may, ends the chain.
  std::set<NodeId> behind(GroupId owner, NodeId value) const {
    std::set<NodeId> out{value};
    std::vector<NodeId> open{value};
    while (!open.empty()) {
      const NodeId node = open.back();
      open.pop_back();
      for (const ir::Use& use : graph_.operands(node)) {
        const NodeId def = use.def;
        if (!kernels_.computes(owner, def) || out.contains(def)) continue;
        if (lies_in_memory(def) || is_small_beside(def, value)) continue;
        if (!is_elementwise(graph_, def) || out.size() == most_repeated) return {};
        out.insert(def);
        open.push_back(def);
      }
    }
    return out;
  }

  bool lies_in_memory(NodeId node) const {
    return kernels_.is_result(groups_.group_of(node), node);
  }

  bool is_small_beside(NodeId node, NodeId value) const {
    return !is_data_movement(graph_, node) &&
           graph_[node].type.bytes() * small_part <= graph_[value].type.bytes();
  }

  /// Of the kernels together; nothing if there is one that cannot be.
  std::optional<double> cost_of(const std::set<GroupId>& groups) const {
    double out = 0;
    for (const GroupId group : groups) {
      const auto kernel = ir::compose(kernels_.body_of(group).graph);
      if (!kernel || (is_contraction(*kernel) && reductions(*kernel) > 1)) return std::nullopt;
      out += cost(*kernel);
    }
    return out;
  }

  const Graph& graph_;
  const Groups& groups_;
  Kernels kernels_;
};

}  // namespace

std::vector<NodeId> Kernels::nodes_of(GroupId group) const {
  std::vector<NodeId> out = groups_.members(group);
  for (const auto& [node, repeating] : repeated_)
    if (std::ranges::count(repeating, group) > 0) out.push_back(node);
  std::ranges::sort(out);
  return out;
}

bool Kernels::computes(GroupId group, NodeId node) const {
  if (groups_.group_of(node) == group) return true;
  const auto repeating = repeated_.find(node);
  return repeating != repeated_.end() && std::ranges::count(repeating->second, group) > 0;
}

std::vector<GroupId> Kernels::computed_in(NodeId node) const {
  std::vector<GroupId> out{groups_.group_of(node)};
  const auto repeating = repeated_.find(node);
  if (repeating != repeated_.end())
    out.insert(out.end(), repeating->second.begin(), repeating->second.end());
  return out;
}

bool Kernels::is_result(GroupId group, NodeId node) const {
  if (groups_.group_of(node) != group) return false;
  for (const ir::Use& use : graph_.uses(node))
    for (const GroupId user : computed_in(use.user))
      if (!computes(user, node)) return true;
  return false;
}

FusedBody Kernels::body_of(GroupId group) const {
  return fused_body(graph_, nodes_of(group), [&](NodeId node) { return is_result(group, node); });
}

Kernels recompute(const Graph& graph, const Groups& groups) {
  return Recompute(graph, groups).run();
}

}  // namespace gradc::passes
