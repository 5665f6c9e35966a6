#pragma once
/// Which results of loops are written over the sequences that the loops read, step by step.
#include <vector>

#include "passes/plan_memory.h"

namespace gradc::passes {

/// Finds the bands of all loops of a graph, which are given in the order of the schedule with their
/// histories.
///
///   i, f, o = scan(xw) { … }                    xw[0] ······· xw[1] ······· xw[2] …
///   dxw     = reverse scan(i, f, o) { … }   →   i[0] f[0] o[0] i[1] f[1] o[1] i[2] …
///                                               dxw[0] ······ dxw[1] ······ dxw[2] …
///
/// A sequence, or several in one band, gives way to results of a loop if nobody reads it after the
/// loop, the loop reads only one element of it at every step, and the results fill all of its
/// bytes: half a band would keep the other half waiting. Results are written over the elements of
/// their step if no kernel of the step reads these later, else over those of the step before: then
/// the band is one element longer.
///
/// A result as large as the band is a tensor like others. Results side by side are not, so they
/// must be read by loops only, one element at every step.
void find_bands(const ir::Graph& graph, const Schedule& schedule, const Boundary& boundary,
                std::vector<LoopArena>& loops);

}  // namespace gradc::passes
