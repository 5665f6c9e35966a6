#pragma once
/// What running a kernel costs, roughly: enough to compare two kernels with the one that does the
/// work of both.
#include <cstdint>

#include "ir/kernel.h"

namespace gradc::passes {

/// In units of one byte moved from or to memory outside the nearest cache.
double cost(const ir::Kernel& kernel);

/// The part of it that is reading a tensor once, or writing it.
double cost_of_moving(const ir::Type& type);

/// The part of it that is arithmetic.
double work(const ir::Kernel& kernel);

/// Operands and results, each once.
std::int64_t bytes_moved(const ir::Kernel& kernel);

/// A sum of products in which every factor is used many times, so that it is worth packing and
/// tiling: each of the two factors lacks a parallel loop (of more than one point) that the other
/// one has.
bool is_contraction(const ir::Kernel& kernel);

/// The number of reductions in the body.
std::int64_t reductions(const ir::Kernel& kernel);

}  // namespace gradc::passes
