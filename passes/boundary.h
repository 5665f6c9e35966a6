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

/// Of the body of `scan`: as if the operands of the scan were the caller's inputs and its results
/// the caller's outputs. A carried value lies in the memory of the result that it ends as; of a
/// sequence, the place is that of the element of this step.
Boundary boundary_of_step(const ir::Graph& graph, ir::NodeId scan);

}  // namespace gradc::passes
