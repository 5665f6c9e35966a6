/// Ask the result of a relu where it cut off, not its operand: the result lies in memory anyway.
///
///   m = le(x, 0)                      m = le(x, 0)
///   y = select(m, 0, x)               y = select(m, 0, x)
///   dx = select(m, 0, dy)        →    n = le(y, 0)
///                                     dx = select(n, 0, dy)
///
/// Without this, every relu of a training step writes its mask for the gradient beside its result.
#include <algorithm>
#include <map>

#include "ir/ops.h"
#include "passes/rebuild.h"

namespace gradc::passes {

namespace op = ir::op;
using ir::Graph;
using ir::NodeId;
using ir::Value;

namespace {

bool is_zero(const Graph& graph, NodeId node) {
  if (graph[node].op != &op::constant) return false;
  const auto& values = graph[node].attributes.get<std::vector<double>>("values");
  return values.size() == 1 && values[0] == 0;
}

/// The mask of a relu, `le(x, 0)` in `select(le(x, 0), 0, x)`. (Only `select` takes such operands.)
std::optional<NodeId> mask_of_relu(const Graph& graph, NodeId node) {
  if (graph.operands(node).size() != 3) return std::nullopt;
  const NodeId mask = graph.operand(node, 0), x = graph.operand(node, 2);
  if (graph[mask].op != &op::le || !is_float(graph[x].type.dtype)) return std::nullopt;
  const bool asks_x = graph.operand(mask, 0) == x && is_zero(graph, graph.operand(mask, 1));
  return asks_x && is_zero(graph, graph.operand(node, 1)) ? std::optional(mask) : std::nullopt;
}

/// A product, a convolution, a pooling: what reads its operand from memory.
bool is_read_from_memory(const Graph& graph, NodeId node) {
  return std::ranges::any_of(graph.uses(node), [&](const ir::Use& use) {
    return graph[use.user].op->form != ir::Form::elementwise;
  });
}

/// The relu by its mask.
std::map<NodeId, NodeId> relus(const Graph& graph) {
  std::map<NodeId, NodeId> out;
  for (const NodeId node : nodes(graph)) {
    const auto mask = mask_of_relu(graph, node);
    if (mask && is_read_from_memory(graph, node)) out.emplace(*mask, node);
  }
  return out;
}

}  // namespace

Graph relu_masks(const Graph& graph, Context& context) {
  const std::map<NodeId, NodeId> relu_of_mask = relus(graph);
  ir::NodeSet visited(graph);
  const auto operand = [&](Rebuild& out, NodeId user, NodeId def) {
    const auto relu = relu_of_mask.find(def);
    const bool asks = relu != relu_of_mask.end() && visited.contains(relu->second);
    if (!asks || user == relu->second) return out[def].id();
    const Value y = out[relu->second];
    return le(y, splat(y, 0)).id();
  };
  return rebuild(graph, [&](Rebuild& out, NodeId node) {
    visited.insert(node);
    std::vector<NodeId> operands;
    for (const ir::Use& use : graph.operands(node)) operands.push_back(operand(out, node, use.def));
    return out.copy_onto(node, operands, out.pass_bodies(node, relu_masks, context));
  });
}

}  // namespace gradc::passes
