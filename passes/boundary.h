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
  /// Does it take the place of old values, which these inputs read if the graph reads them at all?
  bool replaces = false;
  std::vector<ir::NodeId> old = {};
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
/// stacks of these values lie in it, so none of them is ever copied. Without stacks it has only two
/// places, of even and odd number, which the values take by turns.
struct History {
  std::size_t carried;                ///< number of the carried value
  std::optional<std::size_t> before;  ///< number of the result: the values that the steps found
  std::optional<std::size_t> after;   ///< the values that they left
  std::int64_t step_bytes;
  std::int64_t offset = 0;  ///< in the arena of the graph, as the plan decides

  bool takes_turns() const { return !before && !after; }
  /// Where value number 0, 1, … lies in it.
  std::int64_t place_of(std::int64_t number) const {
    return (takes_turns() ? number % 2 : number) * step_bytes;
  }
  std::int64_t bytes(std::int64_t steps) const {
    return (takes_turns() ? 2 : steps + 1) * step_bytes;
  }
  /// The result that has, or begins, its memory.
  std::size_t result() const { return before ? *before : after ? *after : carried; }
};

/// Memory of sequences that loops walk along: what belongs to a step lies side by side, the steps
/// lie one after the other. What a loop computes may lie where sequences did that nobody reads
/// after it (bands.h): at every step it is written over the elements of that step, or over those of
/// the step before.
struct Band {
  struct Lane {
    std::size_t number;   ///< of an operand of the loop, or of a result
    std::int64_t offset;  ///< of its first element
  };
  ir::NodeId whole;         ///< the sequence that has the memory first, alone
  std::int64_t step_bytes;  ///< from one element to the next
  std::vector<Lane> operands = {}, results = {};
  std::int64_t whole_offset = 0, bytes = 0;  ///< where `whole` lies in the band, and its size
  std::int64_t first = 0;   ///< where what a step sees of the band begins, in `Region::band`
  std::int64_t offset = 0;  ///< in the arena of the graph, as the plan decides
};

/// The bytes of a band that a step sees: its elements, and those that results will lie in.
std::int64_t bytes_of_step(const Band& band, std::int64_t steps);

/// Of the carried values of `scan` whose stacks are read, but for stacks that have to lie
/// elsewhere: where the graph's outcomes do.
std::vector<History> histories(const ir::Graph& graph, ir::NodeId scan, const Boundary& boundary);

/// Of the body of `scan`: as if the operands of the scan were the caller's inputs and its results
/// the caller's outputs. A carried value lies in its history, or, if it has none, in the memory of
/// the result that it ends as; of a sequence, the place is that of the element of this step.
Boundary boundary_of_step(const ir::Graph& graph, ir::NodeId scan,
                          const std::vector<History>& histories, const std::vector<Band>& bands);

}  // namespace gradc::passes
