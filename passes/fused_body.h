#pragma once
/// From a group of nodes to a `fused` node.
#include <vector>

#include "ir/node_map.h"
#include "passes/rebuild.h"

namespace gradc::passes {

/// What one kernel computes.
struct KernelNodes {
  std::vector<ir::NodeId> members;  ///< in id order
  std::vector<ir::NodeId> results;  ///< the members that it writes, in id order
};

/// A kernel that writes what nodes outside of it use.
KernelNodes kernel_of_members(const ir::Graph& graph, std::vector<ir::NodeId> members);

/// A kernel's nodes as a graph of their own, and what it is in the graph it comes from.
struct FusedBody {
  /// A node that the kernel writes, and which of the body's results it is.
  struct Result {
    ir::NodeId node;
    std::size_t number;
  };
  ir::Graph graph;
  std::vector<ir::NodeId> operands;  ///< the body's inputs, in order
  std::vector<Result> results;
};

FusedBody fused_body(const ir::Graph& graph, const KernelNodes& kernel);

/// The same with equal values computed once: copies of data movement that ended up in one body.
FusedBody without_copies(const FusedBody& body, Context& context);

/// Append the `fused` node of a body, and a `result` node for each of its results if it has
/// several.
void append_fused(Rebuild& out, FusedBody body);

}  // namespace gradc::passes
