#pragma once
/// Where a graph meets the memory of whoever runs it: the host an entry, a loop its step.
#include <optional>
#include <vector>

#include "ir/node_map.h"
#include "ir/program.h"
#include "passes/place.h"

namespace gradc::passes {

/// What a graph leaves behind.
struct Outcome {
  ir::NodeId buffer;
  Place place;  ///< where it has to be at the end
  /// Does it take the place of an old value, which this input reads if the graph reads it at all?
  bool replaces = false;
  std::optional<ir::NodeId> old = std::nullopt;
};

struct Boundary {
  ir::NodeMap<std::optional<Place>> inputs;
  std::vector<Outcome> outcomes;
  /// Bytes at the start of the arena that are taken by it: carried values that nobody asks for
  /// after the last step.
  std::int64_t arena_bytes = 0;
};

/// Of an entry: inputs and results are the caller's, or slots of the storage.
Boundary boundary_of_entry(const ir::Graph& entry, const ir::Program& program,
                           const StorageLayout& layout);

/// All values that a carried value has had, one after the other in memory: the start value, then
/// one per step (in a reverse loop from the end to the beginning). Results of the loop that are
/// stacks of these values lie in it, so none of them is ever copied.
struct History {
  std::size_t carried;                ///< number of the carried value
  std::optional<std::size_t> before;  ///< number of the result: the values that the steps found
  std::optional<std::size_t> after;   ///< the values that they left
  std::int64_t step_bytes;
  std::int64_t offset = 0;  ///< in the arena of the graph, as the plan decides
};

/// Of the carried values of `scan` whose stacks are read, but for stacks that have to lie
/// elsewhere: where the graph's outcomes do.
std::vector<History> histories(const ir::Graph& graph, ir::NodeId scan, const Boundary& boundary);

/// Of the body of `scan`: as if the operands of the scan were the caller's inputs and its results
/// the caller's outputs. A carried value lies in its history, or, if it has none, in the memory of
/// the result that it ends as; of a sequence, the place is that of the element of this step.
Boundary boundary_of_step(const ir::Graph& graph, ir::NodeId scan,
                          const std::vector<History>& histories);

}  // namespace gradc::passes
