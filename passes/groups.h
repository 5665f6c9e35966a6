#pragma once
/// A partition of a graph's nodes, and the graph between the parts, which stays acyclic: what
/// `fuse` decides on.
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "ir/node_map.h"

namespace gradc::passes {

enum class GroupId : std::uint32_t {};
constexpr std::size_t index(GroupId group) { return static_cast<std::size_t>(group); }

/// At first every node is a group of its own.
class Groups {
 public:
  explicit Groups(const ir::Graph& graph);
  Groups(Groups&&) noexcept;
  ~Groups();

  GroupId group_of(ir::NodeId node) const { return group_of_[node]; }
  /// In id order; empty once the group has been merged into another.
  const std::vector<ir::NodeId>& members(GroupId group) const { return members_[index(group)]; }

  /// No path leads from one group through others to the other one: as one node they would not be on
  /// a cycle.
  bool may_merge(GroupId a, GroupId b) const;
  /// Which must be allowed. Returns the group that has the members of both.
  GroupId merge(GroupId a, GroupId b);

  /// Every group after those that it depends on.
  std::vector<GroupId> in_order() const;
  /// The groups that use values of this one, and those whose values it uses; ascending.
  std::vector<GroupId> neighbours(GroupId group) const;

 private:
  /// The groups between `first` and `last` in the order that depend on `first`, through others than
  /// `last` only.
  std::vector<GroupId> dependants_between(GroupId first, GroupId last) const;
  void reorder(GroupId first, GroupId last);

  struct Contraction;  ///< a Boost graph with the groups as vertices
  std::unique_ptr<Contraction> contraction_;
  ir::NodeMap<GroupId> group_of_;
  std::vector<std::vector<ir::NodeId>> members_;
  std::vector<std::size_t> position_;                ///< of each group in the order
  std::vector<std::optional<GroupId>> at_position_;  ///< and back; merged groups leave holes
};

}  // namespace gradc::passes
