#include "passes/in_place.h"

#include <algorithm>

namespace gradc::passes {

using ir::Access;
using ir::Kernel;
using ir::Output;
using ir::ScalarId;
using ir::Staging;

namespace {

/// The number of the last pass over the reduction loops; -1 if there is none.
int last_pass(const Kernel& kernel, const Staging& staging) {
  int last = staging.passes - 1;
  for (const Output& output : kernel.outputs)
    if (staging.varies[output.value]) last = std::max(last, staging.stage[output.value]);
  return last;
}

/// A value that varies is written while its pass goes on, another one when the passes it needs are
/// over.
bool is_written_last(const Kernel& kernel, const Output& output) {
  const Staging staging = stage(kernel);
  const int last = last_pass(kernel, staging);
  return staging.stage[output.value] >= (staging.varies[output.value] ? last : last + 1);
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

}  // namespace gradc::passes
