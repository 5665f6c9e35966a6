#pragma once
/// How large the tiles and blocks of a contraction are, and what that costs. No LLVM here.
#include "codegen/contraction.h"
#include "codegen/factor.h"

namespace gradc::codegen {

/// Choose all that follows from the roles of the loops, and estimate the cycles; false if there is
/// no such tile.
bool choose_tiling(Contraction& c, const Factor& x, const Factor& y, const Nest& nest,
                   const Target& target, bool keeps_y);

/// Cut the strips of a chosen tiling into more pieces, so that threads can share them.
void share_work(Contraction& c, const Factor& x, const Factor& y, const Nest& nest,
                const Target& target, bool keeps_y);

}  // namespace gradc::codegen
