#pragma once
/// A partition of a graph's nodes, and the graph between the parts, which stays acyclic: what
/// `fuse` decides on.
#include <cstdint>
#include <map>
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

  /// The two, that which comes first in the order first.
  std::pair<GroupId, GroupId> ordered(GroupId a, GroupId b) const {
    return is_before(a, b) ? std::pair(a, b) : std::pair(b, a);
  }

  /// No path leads from one group through others to the other one: as one node they would not be on
  /// a cycle. False also where finding out would take too long.
  bool may_merge(GroupId a, GroupId b) const;
  /// Which must be allowed. Returns the group that has the members of both.
  GroupId merge(GroupId a, GroupId b);

  /// The groups on paths from one of two groups to the other, in order. Nothing if that are many,
  /// or if finding out would take too long.
  std::optional<std::vector<GroupId>> between(GroupId a, GroupId b) const;

  /// Every group after those that it depends on.
  std::vector<GroupId> in_order() const;
  /// The groups that use values of this one, and those whose values it uses; ascending.
  std::vector<GroupId> neighbours(GroupId group) const;

 private:
  struct Obstacle;
  std::optional<Obstacle> obstacle(GroupId first, GroupId last) const;
  bool is_before(GroupId a, GroupId b) const { return label_[index(a)] < label_[index(b)]; }
  void move(std::vector<GroupId> moving, GroupId place, bool behind);
  void relabel();

  struct Contraction;  ///< a Boost graph with the groups as vertices
  std::unique_ptr<Contraction> contraction_;
  ir::NodeMap<GroupId> group_of_;
  std::vector<std::vector<ir::NodeId>> members_;
  /// The order, a group after those that it depends on: by numbers with gaps, so that what moves
  /// fits in between.
  std::vector<std::uint64_t> label_;
  std::map<std::uint64_t, GroupId> order_;
};

}  // namespace gradc::passes
