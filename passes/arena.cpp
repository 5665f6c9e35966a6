#include "passes/arena.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <numeric>

#include "passes/plan_memory.h"

namespace gradc::passes {

namespace {

std::int64_t rounded(std::int64_t bytes) { return (bytes + alignment - 1) / alignment * alignment; }

bool meet(const LiveRange& a, const LiveRange& b) { return a.first <= b.last && b.first <= a.last; }

/// With more ranges than this, comparing each with all others would take longer than what it saves
/// is worth.
constexpr std::size_t most_compared = 2000;

/// The largest first: each range gets the lowest offset at which nothing placed before is in its
/// way.
ArenaLayout lay_out_by_size(const std::vector<LiveRange>& ranges) {
  std::vector<std::size_t> order(ranges.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, std::greater(), [&](std::size_t i) { return ranges[i].bytes; });

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

/// Memory that nobody has at the moment: the bytes of each gap by its offset. The last gap has no
/// end.
class Gaps {
 public:
  /// The beginning of the first gap that is large enough.
  std::int64_t take(std::int64_t bytes) {
    auto gap = gaps_.begin();
    while (gap->second < bytes) ++gap;
    const auto [offset, size] = *gap;
    gaps_.erase(gap);
    if (size > bytes) gaps_.emplace(offset + bytes, size - bytes);
    return offset;
  }

  void give_back(std::int64_t offset, std::int64_t bytes) {
    if (bytes == 0) return;
    auto gap = gaps_.emplace(offset, bytes).first;
    if (const auto next = std::next(gap); next->first == offset + bytes) {
      gap->second += next->second;
      gaps_.erase(next);
    }
    if (gap == gaps_.begin()) return;
    if (const auto before = std::prev(gap); before->first + before->second == offset) {
      before->second += gap->second;
      gaps_.erase(gap);
    }
  }

 private:
  static constexpr std::int64_t endless = std::int64_t{1} << 62;
  std::map<std::int64_t, std::int64_t> gaps_ = {{0, endless}};
};

/// In order of time: each range gets the lowest offset that is free when it begins.
ArenaLayout lay_out_by_start(const std::vector<LiveRange>& ranges) {
  std::vector<std::size_t> starts(ranges.size());
  std::iota(starts.begin(), starts.end(), 0);
  std::vector<std::size_t> ends = starts;
  std::ranges::stable_sort(starts, {}, [&](std::size_t i) { return ranges[i].first; });
  std::ranges::stable_sort(ends, {}, [&](std::size_t i) { return ranges[i].last; });

  ArenaLayout out{std::vector<std::int64_t>(ranges.size(), 0)};
  Gaps gaps;
  auto ended = ends.begin();
  for (const std::size_t i : starts) {
    for (; ranges[*ended].last < ranges[i].first; ++ended)
      gaps.give_back(out.offsets[*ended], rounded(ranges[*ended].bytes));
    out.offsets[i] = gaps.take(rounded(ranges[i].bytes));
    out.bytes = std::max(out.bytes, out.offsets[i] + rounded(ranges[i].bytes));
  }
  return out;
}

}  // namespace

ArenaLayout lay_out_arena(const std::vector<LiveRange>& ranges) {
  // Large ones first wastes less in most graphs, in order of time in some: take the better one.
  ArenaLayout by_start = lay_out_by_start(ranges);
  if (ranges.size() > most_compared) return by_start;
  ArenaLayout by_size = lay_out_by_size(ranges);
  return by_start.bytes < by_size.bytes ? by_start : by_size;
}

FreeRoom::FreeRoom(std::vector<Tenancy> tenancies) : tenancies_(std::move(tenancies)) {
  std::ranges::stable_sort(tenancies_, {}, [](const Tenancy& each) { return each.range.first; });
}

void FreeRoom::go_to(std::size_t step) {
  step_ = step;
  std::erase_if(tenants_, [&](const auto& entry) { return entry.second.last < step; });
  for (; come_ < tenancies_.size() && tenancies_[come_].range.first <= step; ++come_) {
    const auto& [range, offset] = tenancies_[come_];
    if (range.last >= step) add(offset, range.bytes, range.last);
  }
}

std::int64_t FreeRoom::take(std::int64_t bytes) {
  std::int64_t offset = 0;
  for (const auto& [start, tenant] : tenants_) {
    if (offset + bytes <= start) break;
    offset = std::max(offset, rounded(tenant.end));
  }
  add(offset, bytes, step_);
  return offset;
}

void FreeRoom::add(std::int64_t offset, std::int64_t bytes, std::size_t last) {
  if (bytes > 0) tenants_.insert({offset, {offset + bytes, last}});
}

}  // namespace gradc::passes
