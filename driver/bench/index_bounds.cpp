#include "driver/bench/index_bounds.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "ir/compose.h"
#include "ir/kernel.h"
#include "ir/node_map.h"
#include "passes/buffers.h"

namespace gradc::driver {

namespace {

using ir::Graph;
using ir::Instruction;
using ir::Kernel;
using ir::NodeId;
using ir::ScalarId;
using ir::ScalarOp;

using Bounds = std::vector<std::int64_t>;
constexpr std::int64_t unbounded = std::numeric_limits<std::int64_t>::max();

void lower(std::int64_t& bound, std::int64_t other) { bound = std::min(bound, other); }

/// The number of values that `index` instructions have, seen through casts.
std::optional<std::int64_t> places(const Kernel& kernel, ScalarId id) {
  const Instruction& instruction = kernel.body[id];
  if (instruction.op == ScalarOp::cast) return places(kernel, instruction.arguments[0]);
  if (instruction.op != ScalarOp::index) return std::nullopt;
  return kernel.extents[static_cast<std::size_t>(instruction.integer)];
}

/// The arguments that an instruction returns unchanged.
std::vector<ScalarId> passed_on(const Instruction& instruction) {
  const auto& arguments = instruction.arguments;
  switch (instruction.op) {
    case ScalarOp::cast:
      return arguments;
    case ScalarOp::max:
    case ScalarOp::min:
      return arguments;
    case ScalarOp::select:
      return {arguments[1], arguments[2]};
    default:
      return {};
  }
}

/// What is used as a place along an axis is below the axis' extent.
void bound_places(const ir::Coordinates& coordinates, const ir::Shape& shape, Bounds& bounds) {
  for (std::size_t axis = 0; axis < coordinates.size(); ++axis)
    if (coordinates[axis].indirect != ir::no_scalar)
      lower(bounds[coordinates[axis].indirect], shape[axis]);
}

/// Of the operands, given those of the results.
Bounds bounds_of_kernel(const Kernel& kernel, const Bounds& results) {
  Bounds bounds(kernel.body.size(), unbounded);
  for (std::size_t i = 0; i < kernel.outputs.size(); ++i) {
    const ir::Output& output = kernel.outputs[i];
    lower(bounds[output.value], results[i]);
    bound_places(output.coordinates, output.type.shape, bounds);
  }
  for (const ir::Access& access : kernel.accesses)
    bound_places(access.coordinates, kernel.operands[access.operand].shape, bounds);

  Bounds operands(kernel.operands.size(), unbounded);
  for (std::size_t i = kernel.body.size(); i-- > 0;) {
    const Instruction& instruction = kernel.body[i];
    for (const ScalarId argument : passed_on(instruction)) lower(bounds[argument], bounds[i]);
    if (instruction.op == ScalarOp::load)
      lower(operands[kernel.accesses[static_cast<std::size_t>(instruction.integer)].operand],
            bounds[i]);
    if (instruction.op != ScalarOp::eq) continue;
    // One of many, each at its place: index == label.
    const auto [a, b] = std::pair(instruction.arguments[0], instruction.arguments[1]);
    lower(bounds[a], places(kernel, b).value_or(unbounded));
    lower(bounds[b], places(kernel, a).value_or(unbounded));
  }
  return operands;
}

/// Of the inputs, given those of what the graph returns.
Bounds bounds_of_graph(const Graph& graph, const Bounds& returned) {
  ir::NodeMap<std::int64_t> bounds(graph, unbounded);
  for (std::size_t i = 0; i < returned.size(); ++i)
    lower(bounds[passes::buffer_of(graph, graph.operand(ir::return_node(graph), i))], returned[i]);

  for (std::size_t i = graph.size(); i-- > 0;) {
    const NodeId node{static_cast<std::uint32_t>(i)};
    if (!passes::is_kernel(graph[node])) continue;
    Bounds results;
    for (const std::optional<NodeId> buffer : passes::result_buffers(graph, node))
      results.push_back(buffer ? bounds[*buffer] : unbounded);
    const Graph& body = graph[node].bodies.front();
    const std::optional<Kernel> kernel = ir::compose(body);
    const Bounds operands =
        kernel ? bounds_of_kernel(*kernel, results) : bounds_of_graph(body, results);
    for (std::size_t slot = 0; slot < operands.size(); ++slot)
      lower(bounds[passes::buffer_of(graph, graph.operand(node, slot))], operands[slot]);
  }

  Bounds out;
  for (const NodeId input : ir::inputs(graph)) out.push_back(bounds[input]);
  return out;
}

}  // namespace

std::vector<std::int64_t> index_bounds(const Graph& graph) {
  const Bounds nothing(ir::operand_types(graph, ir::return_node(graph)).size(), unbounded);
  Bounds out = bounds_of_graph(graph, nothing);
  std::ranges::replace(out, unbounded, std::int64_t{1});
  return out;
}

}  // namespace gradc::driver
