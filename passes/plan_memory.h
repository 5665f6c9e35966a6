#pragma once
/// Where every value of a graph lies: what comes from outside and goes there in its place, the rest
/// in one arena, by offset. All offsets are multiples of `alignment`.
#include <cstdint>
#include <optional>
#include <vector>

#include "ir/node_map.h"
#include "passes/arena.h"
#include "passes/boundary.h"
#include "passes/place.h"
#include "passes/schedule.h"

namespace gradc::passes {

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
  std::vector<Tenancy> tenancies =
      {};  ///< who has which bytes of the arena, by the schedule's order
};

/// What a loop needs besides its operands and results while it runs.
struct LoopArena {
  ir::NodeId scan;
  std::int64_t bytes;
  std::vector<History> histories = {};  ///< in the arena of the graph, outside of these bytes
  std::vector<Band> bands = {};         ///< the same
  std::int64_t offset = 0;              ///< in the arena of the graph, as the plan decides
};

/// Offsets by liveness over the schedule. A result is computed directly where it belongs (an
/// output, or the storage slot it commits to) when nothing reads the old value later; an
/// elementwise kernel may overwrite an operand that dies with it.
MemoryPlan plan_memory(const ir::Graph& graph, const Schedule& schedule, const Boundary& boundary,
                       std::vector<LoopArena>& loops);

}  // namespace gradc::passes
