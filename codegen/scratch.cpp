#include "codegen/scratch.h"

#include <algorithm>

#include "codegen/contraction.h"

namespace gradc::codegen {

namespace {

std::vector<std::uint32_t> operands_behind(const Nest& nest, ir::ScalarId root) {
  std::vector<std::uint32_t> out;
  for (const Address* address : loads_behind(nest, root)) out.push_back(address->buffer);
  std::ranges::sort(out);
  out.erase(std::ranges::unique(out).begin(), out.end());
  return out;
}

}  // namespace

Scratch scratch_of(const ir::Kernel& kernel, const Target& target, bool keeps_factor) {
  const Nest nest = nest_of(kernel);
  const auto contraction = find_contraction(nest, target, keeps_factor);
  if (!contraction) return {};
  Scratch out{contraction->scratch_bytes(nest)};
  out.is_prepared = contraction->y_supply == Supply::prepared;
  if (out.is_prepared) out.operands = operands_behind(nest, contraction->y);
  return out;
}

}  // namespace gradc::codegen
