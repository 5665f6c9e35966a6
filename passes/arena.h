#pragma once
/// One block of memory for many buffers, of which those that live at different times may overlap.
#include <cstdint>
#include <vector>

namespace gradc::passes {

/// Bytes that are needed from one step to another, both included.
struct LiveRange {
  std::size_t first, last;
  std::int64_t bytes;
};

struct ArenaLayout {
  std::vector<std::int64_t> offsets;  ///< in the order of the ranges
  std::int64_t bytes = 0;
};

/// Offsets for all ranges, multiples of `alignment`, so that no two of them overlap in time and in
/// space.
ArenaLayout lay_out_arena(const std::vector<LiveRange>& ranges);

}  // namespace gradc::passes
