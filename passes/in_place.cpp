#include "passes/in_place.h"

#include <algorithm>

#include "ir/op.h"
#include "ir/ops.h"
#include "passes/buffers.h"

namespace gradc::passes {

using ir::Access;
using ir::Kernel;
using ir::Output;
using ir::Staging;

namespace {

/// Is it written inside the reduction loops?
bool varies(const Kernel& kernel, const Staging& staging, const Output& output) {
  const auto walks = [&](const ir::Coordinate& c) {
    return c.affine.coefficients.size() > kernel.parallel;
  };
  return staging.varies[output.value] || std::ranges::any_of(output.coordinates, walks);
}

/// The number of the last pass over the reduction loops; -1 if there is none.
int last_pass(const Kernel& kernel, const Staging& staging) {
  int last = staging.passes - 1;
  for (const Output& output : kernel.outputs)
    if (varies(kernel, staging, output)) last = std::max(last, staging.stage[output.value]);
  return last;
}

/// A value that varies is written while its pass goes on, another one when the passes it needs are
/// over.
bool is_written_last(const Kernel& kernel, const Output& output) {
  const Staging staging = stage(kernel);
  const int last = last_pass(kernel, staging);
  return staging.stage[output.value] >= (varies(kernel, staging, output) ? last : last + 1);
}

}  // namespace

bool may_overwrite(const Kernel& kernel, std::size_t result,
                   const std::vector<std::uint32_t>& overwritten) {
  const Output& output = kernel.outputs[result];
  if (output.accumulate || !is_written_last(kernel, output)) return false;
  return std::ranges::all_of(kernel.accesses, [&](const Access& access) {
    if (std::ranges::find(overwritten, access.operand) == overwritten.end()) return true;
    return kernel.operands[access.operand].shape == output.type.shape &&
           access.coordinates == output.coordinates;
  });
}

bool may_overwrite(const ir::Graph& graph, ir::NodeId node, const Kernel& kernel, ir::NodeId result,
                   ir::NodeId buffer) {
  if (byte_size(graph[result].type.dtype) != byte_size(graph[buffer].type.dtype)) return false;
  std::vector<std::uint32_t> slots;
  for (const ir::Use& use : graph.operands(node))
    if (buffer_of(graph, use.def) == buffer) slots.push_back(use.slot);
  std::size_t number = 0;
  if (graph[result].op == &ir::op::result)
    number = static_cast<std::size_t>(graph[result].attributes.get<std::int64_t>("index"));
  return may_overwrite(kernel, number, slots);
}

}  // namespace gradc::passes
