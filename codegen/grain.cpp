#include "codegen/grain.h"

#include <algorithm>
#include <bit>

namespace gradc::codegen {

namespace {

/// Enough for any number of threads, and for one that is late; each costs a call.
constexpr double most_grains = 64;

}  // namespace

std::int64_t choose_grain(std::int64_t pieces, double cycles) {
  if (pieces < 2 || cycles < cycles_worth_sharing) return 0;
  const auto grains = static_cast<std::uint64_t>(std::min(cycles / cycles_per_grain, most_grains));
  // A power of two, which as many threads share evenly.
  return std::max<std::int64_t>(pieces / static_cast<std::int64_t>(std::bit_floor(grains)), 1);
}

}  // namespace gradc::codegen
