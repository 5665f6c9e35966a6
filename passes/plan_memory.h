#pragma once
/// Where every value of a model lives: storage slots in regions that outlive a call, the rest in
/// one arena per entry, by offset. All offsets are multiples of `alignment`.
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "ir/node_map.h"
#include "ir/program.h"
#include "passes/schedule.h"

namespace gradc::passes {

constexpr std::int64_t alignment = 64;

enum class Region : std::uint8_t {
  parameters,  ///< params and buffers: what a trained model is
  optimizer,   ///< optimizer states and counters: what training adds
  state,       ///< per-stream states
  arena,       ///< scratch memory of one call
  input,       ///< the caller's: `offset` is the number of the input, among those without storage
  output,      ///< the caller's: `offset` is the number of the output, among results that commit
               ///< nothing
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

/// After the last kernel, bytes move from one place to another: results that could not be computed
/// where they belong. In order; no copy reads what an earlier one wrote, except to fetch what that
/// one has put aside in the arena (when slots swap their values).
struct Copy {
  Place from, to;
  std::int64_t bytes;
};

struct MemoryPlan {
  /// Of every value that lies in memory: inputs, dense constants have none (codegen owns them),
  /// `reshape` has its operand's place; a `fused` node with several results has none itself, its
  /// `result` nodes have one each.
  ///
  /// A result may have the place of an operand. Then the kernel reads each element of that operand
  /// only at the point, and in no later pass than the one, that writes the element: load before you
  /// store, compute each element once, and keep nothing else in the memory of a result.
  ir::NodeMap<std::optional<Place>> places;
  std::vector<Copy> copies;
  std::int64_t arena_bytes = 0;
};

/// Offsets by liveness over the schedule. A result is computed directly where it belongs (an
/// output, or the storage slot it commits to) when nothing reads the old value later; an
/// elementwise kernel may overwrite an operand that dies with it.
MemoryPlan plan_memory(const ir::Graph& graph, const Schedule& schedule, const ir::Program& program,
                       const StorageLayout& layout);

}  // namespace gradc::passes
