#pragma once
/// Loops cut where comparisons of their index change their minds, so that nothing is compared
/// and nothing read that is not wanted. No LLVM here.
///
///   kernel [384]: select (i0 < 128) x[i0] y[i0 - 128]
///     →   kernel [128]: x[i0]
///         kernel [256]: y[i0], written at i0 + 128
#include <vector>

#include "ir/kernel.h"

namespace gradc::codegen {

/// The kernel's parts, each of which computes some of its points: often just itself.
std::vector<ir::Kernel> parts_of(const ir::Kernel& kernel);

}  // namespace gradc::codegen
