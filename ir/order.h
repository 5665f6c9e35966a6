#pragma once
/// Questions about reachability and order, answered by Boost.Graph.
#include <cstdint>
#include <span>

#include "ir/node_map.h"

namespace gradc::ir {

/// The nodes that `n` depends on, itself included.
NodeSet reaching(const Graph& graph, NodeId n);
/// The nodes that depend on one of `sources`, themselves included.
NodeSet reachable_from(const Graph& graph, std::span<const NodeId> sources);

/// Each node's immediate post-dominator: the first node that every path from it to `return` passes.
/// A node without one (`return`, and nodes that do not reach it) is its own.
NodeMap<NodeId> post_dominators(const Graph& graph);

/// The same graph, its nodes in a random topological order. Inputs keep their order among
/// themselves and `return` stays last; nothing else about ids may matter to anyone. So in bodies.
Graph shuffled(const Graph& graph, std::uint64_t seed);

}  // namespace gradc::ir
