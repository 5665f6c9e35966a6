#include "passes/arena.h"

#include <algorithm>
#include <numeric>

#include "passes/plan_memory.h"

namespace gradc::passes {

namespace {

std::int64_t rounded(std::int64_t bytes) { return (bytes + alignment - 1) / alignment * alignment; }

bool meet(const LiveRange& a, const LiveRange& b) { return a.first <= b.last && b.first <= a.last; }

/// Each range in turn gets the lowest offset at which nothing placed before is in its way.
ArenaLayout first_fit(const std::vector<LiveRange>& ranges, const std::vector<std::size_t>& order) {
  ArenaLayout out{std::vector<std::int64_t>(ranges.size(), 0)};
  std::vector<std::size_t> placed;  // by offset
  for (const std::size_t i : order) {
    std::int64_t offset = 0;
    for (const std::size_t other : placed) {
      if (!meet(ranges[i], ranges[other])) continue;
      if (offset + rounded(ranges[i].bytes) <= out.offsets[other]) break;
      offset = std::max(offset, out.offsets[other] + rounded(ranges[other].bytes));
    }
    out.offsets[i] = offset;
    out.bytes = std::max(out.bytes, offset + rounded(ranges[i].bytes));
    const auto is_before = [&](std::size_t a, std::size_t b) {
      return out.offsets[a] < out.offsets[b];
    };
    placed.insert(std::ranges::upper_bound(placed, i, is_before), i);
  }
  return out;
}

}  // namespace

ArenaLayout lay_out_arena(const std::vector<LiveRange>& ranges) {
  std::vector<std::size_t> by_size(ranges.size());
  std::iota(by_size.begin(), by_size.end(), 0);
  std::vector<std::size_t> by_start = by_size;
  std::ranges::stable_sort(by_size, std::greater(), [&](std::size_t i) { return ranges[i].bytes; });
  std::ranges::stable_sort(by_start, std::less(), [&](std::size_t i) { return ranges[i].first; });

  // Large ones first wastes less in most graphs, in order of time in some: both are quick, so take
  // the better one.
  ArenaLayout large_first = first_fit(ranges, by_size), early_first = first_fit(ranges, by_start);
  return early_first.bytes < large_first.bytes ? early_first : large_first;
}

}  // namespace gradc::passes
