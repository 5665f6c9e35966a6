#pragma once
/// Memory that a kernel's first task prepares for the second one.
#include <cstdint>
#include <vector>

#include "codegen/target.h"
#include "ir/kernel.h"

namespace gradc::codegen {

struct Scratch {
  std::int64_t bytes = 0;                    ///< 0: the kernel prepares nothing
  std::vector<std::uint32_t> operands = {};  ///< that the preparation reads
};

/// `keeps_factor`: what is prepared serves more than one call.
Scratch scratch_of(const ir::Kernel& kernel, const Target& target, bool keeps_factor = false);

}  // namespace gradc::codegen
