#pragma once
/// How large the tiles and blocks of a contraction are, and what that costs. No LLVM here.
#include "codegen/contraction.h"

namespace gradc::codegen {

/// What matters about a factor: is it read as it lies, and how does that lie?
struct Factor {
  const Address* bare = nullptr;  ///< if it is a load that is never outside, and nothing else
  std::vector<bool> lies_along;   ///< by loop: all it reads is contiguous along it, or the same
  std::vector<bool> moves_along;  ///< by loop: the load is contiguous along it
};
Factor factor_of(const Nest& nest, ir::ScalarId id);

/// Choose all that follows from the roles of the loops, and estimate the cycles; false if there is
/// no such tile.
bool choose_tiling(Contraction& c, const Factor& x, const Factor& y, const Nest& nest,
                   const Target& target, bool keeps_y);

}  // namespace gradc::codegen
