#pragma once
/// One block of memory for many buffers, of which those that live at different times may overlap.
#include <cstddef>
#include <cstdint>
#include <map>
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

/// A range and where it lies.
struct Tenancy {
  LiveRange range;
  std::int64_t offset;
};

/// What an arena has free while the steps go on: between the tenants of a step, and behind them.
class FreeRoom {
 public:
  explicit FreeRoom(std::vector<Tenancy> tenancies);

  /// Go on to a later step. What was taken is free again.
  void go_to(std::size_t step);

  /// The lowest offset at which so many bytes are free, which they are no longer.
  std::int64_t take(std::int64_t bytes);

 private:
  void add(std::int64_t offset, std::int64_t bytes, std::size_t last);

  std::vector<Tenancy> tenancies_;  ///< by their first step
  std::size_t come_ = 0;            ///< how many of them have been added
  std::size_t step_ = 0;
  struct Tenant {
    std::int64_t end;
    std::size_t last;
  };
  std::multimap<std::int64_t, Tenant> tenants_;  ///< of this step, by offset
};

}  // namespace gradc::passes
