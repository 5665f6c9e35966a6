#pragma once
/// How much work is worth another thread's attention. No LLVM here.
#include <cstdint>

namespace gradc::codegen {

// To hand pieces to a thread that is awake, and to hear that they are done, takes about half a
// microsecond, and what they read may lie in another core's cache. An estimated cycle is one of a
// nanosecond or less.
constexpr double cycles_worth_sharing = 8000;
constexpr double cycles_per_grain = 2000;

/// Pieces a thread should take at once, so that sharing costs little; 0 if it costs too much.
std::int64_t choose_grain(std::int64_t pieces, double cycles);

}  // namespace gradc::codegen
