#pragma once
/// How much work is worth another thread's attention. No LLVM here.
#include <cstdint>

namespace gradc::codegen {

// To hand pieces to a thread that is awake, and to hear that they are done, takes less than half a
// microsecond. But what they read lies in another core's cache, which takes some microseconds more.
constexpr double cycles_worth_sharing = 16000;
constexpr double cycles_per_grain = 4000;

/// Pieces a thread should take at once, so that sharing costs little; 0 if it costs too much.
std::int64_t choose_grain(std::int64_t pieces, double cycles);

}  // namespace gradc::codegen
