#include "passes/plan_memory.h"

#include <algorithm>
#include <map>

#include "ir/ops.h"
#include "ir/scan.h"
#include "passes/arena.h"
#include "passes/buffers.h"
#include "passes/in_place.h"
#include "passes/moves.h"

namespace gradc::passes {

using ir::Graph;
using ir::NodeId;
using ir::NodeMap;

namespace {

/// Where a buffer lies that is a part of a larger one.
struct Part {
  NodeId whole;  ///< one of the parts stands for it
  std::int64_t offset, bytes;
};

/// Arena memory that one buffer takes over from another.
struct Cell {
  LiveRange range;
  NodeId holder;  ///< the last one so far
};

class Planner {
 public:
  Planner(const Graph& graph, const Schedule& schedule, const Boundary& boundary,
          std::vector<LoopArena>& loops)
      : graph_(graph),
        boundary_(boundary),
        loops_(loops),
        readers_(readers_of(graph)),
        step_(graph),
        plan_{boundary.inputs},
        cell_(graph) {
    for (const NodeId node : schedule.order) step_[node] = steps_++;
    for (const LoopArena& loop : loops) {
      find_histories(loop);
      find_bands(loop);
    }
  }

  MemoryPlan run() {
    place_outcomes();
    for (const NodeId node : in_schedule_order()) place_in_arena(node);
    lay_out_cells();
    place_views();
    plan_copies();
    return std::move(plan_);
  }

 private:
  std::optional<Place>& place(NodeId buffer) { return plan_.places[buffer]; }

  // ---- Results of loops that lie in larger memory ---------------------------------------------

  /// The results of the loop that lie in the same history: its stacks and the last value.
  void find_histories(const LoopArena& loop) {
    const ir::Scan scan = scan_of(graph_[loop.scan].attributes);
    const auto results = result_buffers(graph_, loop.scan);
    for (const History& history : loop.histories) {
      const std::int64_t found = scan.is_reverse ? 1 : 0;
      const std::pair<std::optional<std::size_t>, std::int64_t> parts[] = {
          {history.before, found},
          {history.after, 1 - found},
          {history.carried, scan.is_reverse ? 0 : scan.steps}};
      const NodeId whole = *results[history.result()];
      for (const auto& [number, first] : parts)
        if (number && results[*number])
          parts_[*results[*number]] = {whole, history.place_of(first), history.bytes(scan.steps)};
    }
  }

  /// The results that lie where sequences did which the loop is the last to read.
  void find_bands(const LoopArena& loop) {
    const auto results = result_buffers(graph_, loop.scan);
    for (const Band& band : loop.bands) {
      if (band.bytes > graph_[band.whole].type.bytes())
        parts_[band.whole] = {band.whole, band.whole_offset, band.bytes};
      for (const auto& [number, offset] : band.results)
        parts_[*results[number]] = {band.whole, offset, band.bytes};
    }
  }

  const Part* find_part(NodeId buffer) const {
    const auto found = parts_.find(buffer);
    return found == parts_.end() ? nullptr : &found->second;
  }

  // ---- Results where they belong -------------------------------------------------------------

  /// A buffer that is an outcome is computed in the first place it has to go to and may be written
  /// early; slots come first, since they are the larger part and are read again by the next call.
  void place_outcomes() {
    for (const bool replaces : {true, false})
      for (const Outcome& outcome : boundary_.outcomes)
        if (outcome.replaces == replaces && may_be_computed_in_place(outcome))
          place(outcome.buffer) = outcome.place;
  }

  bool may_be_computed_in_place(const Outcome& outcome) {
    const auto writer = writer_of(graph_, outcome.buffer);
    if (!writer || place(outcome.buffer) || find_part(outcome.buffer)) return false;
    return std::ranges::all_of(outcome.old,
                               [&](NodeId old) { return is_free_for(old, outcome, *writer); });
  }

  /// Nothing reads the old value of `buffer` after `writer` has begun to write the new one over it.
  bool is_free_for(NodeId buffer, const Outcome& outcome, NodeId writer) {
    if (is_outcome_elsewhere(buffer)) return false;
    const bool is_same_place = boundary_.inputs[buffer] == outcome.place;
    for (const NodeId reader : readers_[buffer]) {
      if (step_[reader] > step_[writer]) return false;
      if (reader != writer) continue;
      if (!is_same_place || !may_overwrite(outcome.buffer, writer, buffer)) return false;
    }
    return true;
  }

  /// Its value is copied at the end.
  bool is_outcome_elsewhere(NodeId buffer) const {
    return std::ranges::any_of(boundary_.outcomes, [&](const Outcome& outcome) {
      return outcome.buffer == buffer && std::ranges::count(outcome.old, buffer) == 0;
    });
  }

  bool may_overwrite(NodeId result, NodeId kernel, NodeId buffer) {
    const bool is_loop = !graph_[kernel].op->kernel;
    return !is_loop &&
           passes::may_overwrite(graph_, kernel, kernel_of_node(kernel), result, buffer);
  }

  const ir::Kernel& kernel_of_node(NodeId node) {
    const auto known = kernels_.find(node);
    return known != kernels_.end() ? known->second
                                   : kernels_.emplace(node, kernel_of(graph_, node)).first->second;
  }

  // ---- The rest: cells of the arena, each for one buffer after another -----------------------

  std::vector<NodeId> in_schedule_order() const {
    std::vector<NodeId> out;
    for (const NodeId node : nodes(graph_))
      if (is_kernel(graph_[node])) out.push_back(node);
    std::ranges::sort(out, {}, [&](NodeId node) { return step_[node]; });
    return out;
  }

  void place_in_arena(NodeId kernel) {
    for (const NodeId buffer : buffers_written(graph_, kernel)) {
      if (place(buffer)) continue;
      if (find_part(buffer)) {
        place_part(buffer, kernel);
        continue;
      }
      const LiveRange range{step_[kernel], last_use(buffer, kernel), graph_[buffer].type.bytes()};
      if (const auto dying = find_dying_operand(buffer, kernel)) {
        cell_[buffer] = cell_[*dying];
        Cell& cell = cells_[*cell_[buffer]];
        cell.range.last = range.last;
        cell.holder = buffer;
        continue;
      }
      cell_[buffer] = cells_.size();
      cells_.push_back({range, buffer});
    }
  }

  void place_part(NodeId buffer, NodeId writer) {
    const Part& part = *find_part(buffer);
    std::optional<std::size_t>& whole = cell_[part.whole];
    if (!whole) {
      whole = cells_.size();
      cells_.push_back({{step_[writer], step_[writer], part.bytes}, part.whole});
    }
    cell_[buffer] = whole;
    Cell& cell = cells_[*whole];
    cell.range.last = std::max(cell.range.last, last_use(buffer, writer));
    cell.holder = buffer;
  }

  std::size_t last_use(NodeId buffer, NodeId writer) const {
    const auto is_it = [&](const Outcome& outcome) { return outcome.buffer == buffer; };
    if (std::ranges::any_of(boundary_.outcomes, is_it))
      return steps_;  // copied after the last step
    std::size_t last = step_[writer];
    for (const NodeId reader : readers_[buffer]) last = std::max(last, step_[reader]);
    return last;
  }

  /// An operand in the arena that nobody needs after `kernel`, and that `result` may overwrite.
  std::optional<NodeId> find_dying_operand(NodeId result, NodeId kernel) {
    for (const NodeId buffer : buffers_read(graph_, kernel)) {
      if (!cell_[buffer]) continue;
      const Cell& cell = cells_[*cell_[buffer]];
      const bool dies = cell.holder == buffer && cell.range.last == step_[kernel];
      if (!dies || cell.range.bytes != graph_[result].type.bytes()) continue;
      if (may_overwrite(result, kernel, buffer)) return buffer;
    }
    return std::nullopt;
  }

  void lay_out_cells() {
    std::vector<LiveRange> ranges;
    for (const Cell& cell : cells_) ranges.push_back(cell.range);
    for (const LoopArena& loop : loops_)
      ranges.push_back({step_[loop.scan], step_[loop.scan], loop.bytes});
    const ArenaLayout layout = lay_out_arena(ranges);
    const std::int64_t base = boundary_.arena_bytes;
    for (const NodeId node : nodes(graph_)) {
      if (!cell_[node]) continue;
      const Part* part = find_part(node);
      const std::int64_t offset = part ? part->offset : 0;
      place(node) = Place{Region::arena, base + layout.offsets[*cell_[node]] + offset};
    }
    for (std::size_t i = 0; i < ranges.size(); ++i)
      plan_.tenancies.push_back({ranges[i], base + layout.offsets[i]});
    for (std::size_t i = 0; i < loops_.size(); ++i) {
      loops_[i].offset = base + layout.offsets[cells_.size() + i];
      for (History& history : loops_[i].histories)
        history.offset = beginning(*result_buffers(graph_, loops_[i].scan)[history.result()]);
      for (Band& band : loops_[i].bands) band.offset = beginning(band.whole);
    }
    plan_.arena_bytes = base + layout.bytes;
  }

  /// Of the memory that a buffer has, or has a part of.
  std::int64_t beginning(NodeId buffer) {
    const Part* part = find_part(buffer);
    return place(buffer)->offset - (part ? part->offset : 0);
  }

  void place_views() {
    for (const NodeId node : nodes(graph_))
      if (buffer_of(graph_, node) != node) place(node) = place(buffer_of(graph_, node));
  }

  // ---- What is left to copy ------------------------------------------------------------------

  void plan_copies() {
    std::vector<Copy> moves;
    for (const Outcome& outcome : boundary_.outcomes) {
      assert(place(outcome.buffer) && "`fuse` leaves no constant that is returned as it is");
      moves.push_back({*place(outcome.buffer), outcome.place, graph_[outcome.buffer].type.bytes()});
    }
    plan_.copies = sequence(std::move(moves), [&](std::int64_t bytes) {
      const Place aside{Region::arena, plan_.arena_bytes};
      plan_.arena_bytes += aligned(bytes);
      return aside;
    });
  }

  const Graph& graph_;
  const Boundary& boundary_;
  std::vector<LoopArena>& loops_;
  NodeMap<std::vector<NodeId>> readers_;
  NodeMap<std::size_t> step_;
  std::size_t steps_ = 0;
  MemoryPlan plan_;
  std::map<NodeId, ir::Kernel> kernels_;
  std::map<NodeId, Part> parts_;
  std::vector<Cell> cells_;
  NodeMap<std::optional<std::size_t>> cell_;
};

}  // namespace

MemoryPlan plan_memory(const Graph& graph, const Schedule& schedule, const Boundary& boundary,
                       std::vector<LoopArena>& loops) {
  return Planner(graph, schedule, boundary, loops).run();
}

}  // namespace gradc::passes
