#pragma once
/// The factors of a sum of products, as they lie in memory. No LLVM here.
#include <vector>

#include "codegen/nest.h"

namespace gradc::codegen {

/// What matters about a factor: is it read as it lies, and how does that lie?
struct Factor {
  const Address* bare = nullptr;  ///< if it is a load that is never outside, and nothing else
  std::vector<bool> lies_along;   ///< by loop: all it reads is contiguous along it, or the same
  std::vector<bool> moves_along;  ///< by loop: the load is contiguous along it
};
Factor factor_of(const Nest& nest, ir::ScalarId id);

}  // namespace gradc::codegen
