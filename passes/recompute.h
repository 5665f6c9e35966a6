#pragma once
/// Which kernels compute values of other kernels again instead of reading them.
#include <map>
#include <vector>

#include "passes/fused_body.h"
#include "passes/groups.h"

namespace gradc::passes {

/// Groups, and nodes of other groups that each computes for itself.
class Kernels {
 public:
  Kernels(const ir::Graph& graph, const Groups& groups) : graph_(graph), groups_(groups) {}

  /// The group's nodes and those of others that it computes, in id order.
  std::vector<ir::NodeId> nodes_of(GroupId group) const;
  /// Is the value, a node of the group, read by a kernel that does not compute it?
  bool is_result(GroupId group, ir::NodeId node) const;
  FusedBody body_of(GroupId group) const;

  bool computes(GroupId group, ir::NodeId node) const;
  /// The groups that compute a node: its own first.
  std::vector<GroupId> computed_in(ir::NodeId node) const;

  void repeat(ir::NodeId node, GroupId group) { repeated_[node].push_back(group); }
  void take_back(ir::NodeId node, GroupId group) { std::erase(repeated_[node], group); }

 private:
  const ir::Graph& graph_;
  const Groups& groups_;
  std::map<ir::NodeId, std::vector<GroupId>> repeated_;  ///< in groups that are not their own
};

/// Kernels compute values of others again where that moves fewer bytes than writing and reading
/// them: differences from a mean, masks.
Kernels recompute(const ir::Graph& graph, const Groups& groups);

}  // namespace gradc::passes
