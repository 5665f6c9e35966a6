/// Read the last element of what a scan stacks from the value that it carries out of its last step.
///
///   y = scan(…) { … return h = t1, hs = t1 }         y = scan(…) { … return h = t1, hs = t1 }
///   hs = result(y) {index = 1}                  →    h = result(y) {index = 0}
///   last = slice(hs) {starts = [99, 0], …}           last = reshape(h)
///
/// The gradient of the slice would be a whole sequence, with zeros at all other steps.
#include <algorithm>

#include "ir/ops.h"
#include "ir/scan.h"
#include "passes/pass.h"
#include "passes/rebuild.h"

namespace gradc::passes {

namespace op = ir::op;
using ir::Graph;
using ir::NodeId;
using ir::Value;
using Integers = std::vector<std::int64_t>;

namespace {

/// A stack of values of all steps, perhaps with its axes in another order.
struct Sequence {
  NodeId stack;           ///< a `result`
  Integers axes;          ///< of the sequence, where those of the stack have gone
  std::size_t step_axis;  ///< of the sequence
};

std::optional<Sequence> find_sequence(const Graph& graph, NodeId node) {
  const auto rank = static_cast<std::int64_t>(graph[node].type.shape.size());
  Integers axes;
  for (std::int64_t axis = 0; axis < rank; ++axis) axes.push_back(axis);
  if (graph[node].op == &op::broadcast) {
    axes = graph[node].attributes.get<Integers>("axes");
    node = graph.operand(node, 0);
  }
  const bool is_reordered = static_cast<std::int64_t>(axes.size()) == rank && rank > 0;
  if (!is_reordered || graph[node].op != &op::result) return std::nullopt;
  if (graph[graph.operand(node, 0)].op != &op::scan) return std::nullopt;
  return Sequence{node, axes, static_cast<std::size_t>(axes[0])};
}

/// The number of the carried value whose values a stack holds.
std::optional<std::int64_t> carried_in(const Graph& graph, NodeId stack) {
  const ir::Node& node = graph[graph.operand(stack, 0)];
  const Graph& body = node.bodies.front();
  const auto returned = body.operands(return_node(body));
  const auto number = static_cast<std::size_t>(graph[stack].attributes.get<std::int64_t>("index"));
  const ir::Scan scan = scan_of(node.attributes);
  if (number < scan.carried) return std::nullopt;
  for (std::size_t i = 0; i < scan.carried; ++i)
    if (returned[i].def == returned[number].def) return static_cast<std::int64_t>(i);
  return std::nullopt;
}

/// The slice of the step that comes last, from what the scan carries out of it.
std::optional<Value> read_from_carried(Rebuild& out, NodeId slice) {
  const Graph& graph = out.from();
  const auto sequence = find_sequence(graph, graph.operand(slice, 0));
  if (!sequence) return std::nullopt;
  const NodeId scan_node = graph.operand(sequence->stack, 0);
  const ir::Scan scan = scan_of(graph[scan_node].attributes);
  auto starts = graph[slice].attributes.get<Integers>("starts");
  const auto& sizes = graph[slice].attributes.get<ir::Shape>("sizes");
  const std::size_t axis = sequence->step_axis;
  const bool is_last = sizes[axis] == 1 && starts[axis] == (scan.is_reverse ? 0 : scan.steps - 1);
  const auto carried = carried_in(graph, sequence->stack);
  if (!is_last || !carried) return std::nullopt;

  const Value last = result(out[scan_node], *carried);
  ir::Shape stack = last.shape(), whole = graph[graph.operand(slice, 0)].type.shape;
  stack.insert(stack.begin(), 1);
  whole[axis] = 1;
  starts[axis] = 0;
  return ir::slice(broadcast(reshape(last, stack), whole, sequence->axes), starts, sizes,
                   graph[slice].attributes.get<Integers>("steps"));
}

}  // namespace

Graph last_step(const Graph& graph, Context& context) {
  return rebuild(graph, [&](Rebuild& out, NodeId node) {
    if (graph[node].op == &op::slice)
      if (const auto value = read_from_carried(out, node)) return *value;
    return out.copy(node, out.pass_bodies(node, last_step, context));
  });
}

}  // namespace gradc::passes
