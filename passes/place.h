#pragma once
/// Places in memory: a region and an offset.
#include <array>
#include <cstdint>
#include <vector>

#include "ir/program.h"

namespace gradc::passes {

constexpr std::int64_t alignment = 64;
constexpr std::int64_t aligned(std::int64_t bytes) {
  return (bytes + alignment - 1) / alignment * alignment;
}

/// For the body of a loop, the caller is the loop: its operands are the inputs, its results the
/// outputs.
enum class Region : std::uint8_t {
  parameters,  ///< params and buffers: what a trained model is
  optimizer,   ///< optimizer states and counters: what training adds
  state,       ///< per-stream states
  arena,       ///< scratch memory of one call
  input,       ///< the caller's: `offset` is the number of the input, among those without storage
  output,      ///< the caller's: `offset` is the number of the output, among results that commit
               ///< nothing
  before,      ///< the body of a loop: a carried value as the step finds it; `offset` is its number
  after,       ///< the same as the step leaves it, one element further in its history
  band,        ///< the body of a loop: what its bands have of this step, by byte (boundary.h)
};
constexpr std::size_t storage_regions = 3;

struct Place {
  Region region = Region::arena;
  std::int64_t offset = 0;
  bool operator==(const Place&) const = default;
};

struct StorageLayout {
  std::vector<Place> slots;                              ///< in the order of Program::storage
  std::array<std::int64_t, storage_regions> bytes = {};  ///< size of each region
};
StorageLayout lay_out_storage(const ir::Program& program);

}  // namespace gradc::passes
