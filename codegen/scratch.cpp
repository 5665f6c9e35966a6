#include "codegen/scratch.h"

#include <algorithm>

#include "codegen/contraction.h"

namespace gradc::codegen {

namespace {

/// The operands that an instruction depends on.
std::vector<std::uint32_t> operands_behind(const Nest& nest, ir::ScalarId root) {
  std::vector<std::uint32_t> out;
  std::vector<bool> is_needed(root + 1);
  is_needed[root] = true;
  for (ir::ScalarId id = root + 1; id-- > 0;) {
    if (!is_needed[id]) continue;
    const ir::Instruction& instruction = nest.body[id];
    for (const ir::ScalarId argument : instruction.arguments) is_needed[argument] = true;
    if (instruction.op != ir::ScalarOp::load) continue;
    const Address& address = nest.accesses[static_cast<std::size_t>(instruction.integer)];
    out.push_back(address.buffer);
    for (const Check& check : address.checks)
      if (check.coordinate.indirect != ir::no_scalar) is_needed[check.coordinate.indirect] = true;
  }
  std::ranges::sort(out);
  out.erase(std::ranges::unique(out).begin(), out.end());
  return out;
}

}  // namespace

Scratch scratch_of(const ir::Kernel& kernel, const Target& target, bool keeps_factor) {
  const Nest nest = nest_of(kernel);
  const auto contraction = find_contraction(nest, target, keeps_factor);
  if (!contraction || contraction->y_supply == Supply::direct) return {};
  return {contraction->packed_y_bytes(nest), operands_behind(nest, contraction->y)};
}

}  // namespace gradc::codegen
