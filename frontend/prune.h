#pragma once
/// Leaves out of a graph what its results do not need.
#include <vector>

#include "ir/graph.h"

namespace gradc::frontend {

/// True for the nodes that some of `results` depend on, themselves included.
std::vector<bool> needed(const ir::Graph& graph, const std::vector<ir::NodeId>& results);

/// The nodes that `return` depends on, and those of `kept`.
ir::Graph prune(const ir::Graph& graph, const std::vector<ir::NodeId>& kept);

}  // namespace gradc::frontend
