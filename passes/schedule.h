#pragma once
/// In which order the nodes of a graph are computed.
#include <vector>

#include "ir/graph.h"
#include "passes/boundary.h"

namespace gradc::passes {

/// Every node once, operands before users, `return` last.
struct Schedule {
  std::vector<ir::NodeId> order;
};

/// An order that keeps few bytes alive: among the nodes that are ready, the one that frees most
/// goes first; ids decide ties. A storage slot is read before the kernel that computes its new
/// value runs wherever the graph allows it, so that the plan can update it in place.
Schedule schedule(const ir::Graph& graph, const std::vector<Outcome>& outcomes);

}  // namespace gradc::passes
