#pragma once
/// Memory that a kernel needs besides its operands and results.
#include <cstdint>
#include <vector>

#include "codegen/target.h"
#include "ir/kernel.h"

namespace gradc::codegen {

struct Scratch {
  std::int64_t bytes = 0;
  bool is_prepared = false;                  ///< a first task fills some of it for the second one
  std::vector<std::uint32_t> operands = {};  ///< that the preparation reads
};

/// `keeps_factor`: what can be prepared is, because it serves more than one call.
Scratch scratch_of(const ir::Kernel& kernel, const Target& target, bool keeps_factor = false);

}  // namespace gradc::codegen
