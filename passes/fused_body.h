#pragma once
/// From a group of nodes to a `fused` node.
#include <functional>
#include <span>
#include <vector>

#include "ir/node_map.h"
#include "passes/rebuild.h"

namespace gradc::passes {

/// A group as a graph of its own, and what it is in the graph it comes from.
struct FusedBody {
  /// A node of the group that others use, and which of the body's results it is.
  struct Result {
    ir::NodeId node;
    std::size_t number;
  };
  ir::Graph graph;
  std::vector<ir::NodeId> operands;  ///< the body's inputs, in order
  std::vector<Result> results;
};

/// `members` in id order. Results are the values that nodes outside of the group use.
FusedBody fused_body(const ir::Graph& graph, std::span<const ir::NodeId> members);
/// The same with the results that `is_result` chooses.
FusedBody fused_body(const ir::Graph& graph, std::span<const ir::NodeId> members,
                     const std::function<bool(ir::NodeId)>& is_result);

/// The same with equal values computed once: copies of data movement that ended up in one body.
FusedBody without_copies(const FusedBody& body, Context& context);

/// Append the `fused` node of a body, and a `result` node for each of its results if it has
/// several.
void append_fused(Rebuild& out, FusedBody body);

}  // namespace gradc::passes
