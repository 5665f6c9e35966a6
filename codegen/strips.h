#pragma once
/// The second task of a contraction: strips of the result.
///
///   for each block of k:             sums stay in memory from one block to the next
///     copy x's rows of the strip       if they are not read where they lie
///     for each panel of y:
///       copy the panel                 into the first-level cache, the same
///       for each tile of the strip:    sums in registers
///         add the products
///         compute the results          after the last block; if pieces share the blocks
///                                      of a strip, a third task does that
#include "codegen/body.h"
#include "codegen/contraction.h"
#include "codegen/task_frame.h"

namespace gradc::codegen {

/// The nest, with vectors along n, along the last loop of k, and along what x is copied by.
struct ContractionBodies {
  Body& n;
  Body& k;
  Body& x;
};

void emit_strips(const ContractionBodies& bodies, const Contraction& c, const TaskFrame& frame);
/// The results of strips whose blocks several pieces have shared.
void emit_results(const ContractionBodies& bodies, const Contraction& c, const TaskFrame& frame);

}  // namespace gradc::codegen
