#include "passes/plan_memory.h"

#include <algorithm>
#include <map>

#include "ir/ops.h"
#include "passes/arena.h"
#include "passes/buffers.h"
#include "passes/in_place.h"
#include "passes/moves.h"

namespace gradc::passes {

namespace op = ir::op;
using ir::Graph;
using ir::NodeId;
using ir::NodeMap;
using ir::StorageClass;

namespace {

constexpr Region region_of(StorageClass storage_class) {
  switch (storage_class) {
    case StorageClass::param:
    case StorageClass::buffer:
      return Region::parameters;
    case StorageClass::state:
      return Region::state;
    case StorageClass::optimizer:
    case StorageClass::counter:
      return Region::optimizer;
    case StorageClass::input:
      break;
  }
  return Region::input;
}

/// Arena memory that one buffer takes over from another.
struct Cell {
  LiveRange range;
  NodeId holder;  ///< the last one so far
};

class Planner {
 public:
  Planner(const Graph& graph, const Schedule& schedule, const ir::Program& program,
          const StorageLayout& layout)
      : graph_(graph),
        program_(program),
        layout_(layout),
        outcomes_(outcomes(graph)),
        readers_(readers_of(graph)),
        step_(graph),
        plan_{NodeMap<std::optional<Place>>(graph)},
        cell_(graph) {
    for (const NodeId node : schedule.order) step_[node] = steps_++;
  }

  MemoryPlan run() {
    place_inputs();
    place_outcomes();
    for (const NodeId node : in_schedule_order()) place_in_arena(node);
    lay_out_cells();
    place_views();
    plan_copies();
    return std::move(plan_);
  }

 private:
  std::optional<Place>& place(NodeId buffer) { return plan_.places[buffer]; }

  Place slot_place(const std::string& slot) const {
    const auto found = std::ranges::find(program_.storage, slot, &ir::Storage::name);
    assert(found != program_.storage.end() &&
           "the storage table has every slot that a graph reads or commits");
    return layout_.slots[static_cast<std::size_t>(found - program_.storage.begin())];
  }

  Place destination(const Outcome& outcome) const {
    return outcome.commits ? slot_place(outcome.slot) : Place{Region::output, outcome.output};
  }

  // ---- What has its place already ------------------------------------------------------------

  void place_inputs() {
    std::int64_t number = 0;
    for (const NodeId input : inputs(graph_)) {
      const bool is_callers = storage_of(graph_, input) == StorageClass::input;
      place(input) = is_callers ? Place{Region::input, number++} : slot_place(graph_[input].name);
    }
  }

  // ---- Results where they belong -------------------------------------------------------------

  /// A buffer that is an outcome is computed in the first place it has to go to and may be written
  /// early; slots come first, since they are the larger part and are read again by the next call.
  void place_outcomes() {
    for (const bool commits : {true, false})
      for (const Outcome& outcome : outcomes_)
        if (outcome.commits == commits && may_be_computed_in_place(outcome))
          place(outcome.buffer) = destination(outcome);
  }

  bool may_be_computed_in_place(const Outcome& outcome) {
    const auto writer = writer_of(graph_, outcome.buffer);
    if (!writer || place(outcome.buffer)) return false;
    if (!outcome.commits) return true;
    const auto slot = find_slot(graph_, outcome.slot);
    return !slot || is_free_for(*slot, outcome.buffer, *writer);
  }

  /// Nothing reads the old value of `buffer` after `writer` has begun to write `result` over it.
  bool is_free_for(NodeId buffer, NodeId result, NodeId writer) {
    if (is_outcome_elsewhere(buffer)) return false;
    for (const NodeId reader : readers_[buffer]) {
      if (step_[reader] > step_[writer]) return false;
      if (reader == writer && !may_overwrite(result, writer, buffer)) return false;
    }
    return true;
  }

  /// Its value is copied at the end.
  bool is_outcome_elsewhere(NodeId buffer) const {
    return std::ranges::any_of(outcomes_, [&](const Outcome& outcome) {
      const bool stays =
          outcome.commits && graph_[buffer].op == &op::input && graph_[buffer].name == outcome.slot;
      return outcome.buffer == buffer && !stays;
    });
  }

  bool may_overwrite(NodeId result, NodeId kernel, NodeId buffer) {
    std::vector<std::uint32_t> slots;
    for (const ir::Use& use : graph_.operands(kernel))
      if (buffer_of(graph_, use.def) == buffer) slots.push_back(use.slot);
    std::size_t number = 0;
    if (graph_[result].op == &op::result)
      number = static_cast<std::size_t>(graph_[result].attributes.get<std::int64_t>("index"));
    if (byte_size(graph_[result].type.dtype) != byte_size(graph_[buffer].type.dtype)) return false;
    return passes::may_overwrite(kernel_of_node(kernel), number, slots);
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

  std::size_t last_use(NodeId buffer, NodeId writer) const {
    const auto is_it = [&](const Outcome& outcome) { return outcome.buffer == buffer; };
    if (std::ranges::any_of(outcomes_, is_it)) return steps_;  // copied after the last step
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
    const ArenaLayout layout = lay_out_arena(ranges);
    for (const NodeId node : nodes(graph_))
      if (cell_[node]) place(node) = Place{Region::arena, layout.offsets[*cell_[node]]};
    plan_.arena_bytes = layout.bytes;
  }

  void place_views() {
    for (const NodeId node : nodes(graph_))
      if (graph_[node].op == &op::reshape) place(node) = place(buffer_of(graph_, node));
  }

  // ---- What is left to copy ------------------------------------------------------------------

  void plan_copies() {
    std::vector<Copy> moves;
    for (const Outcome& outcome : outcomes_) {
      assert(place(outcome.buffer) && "`fuse` leaves no constant that is returned as it is");
      moves.push_back(
          {*place(outcome.buffer), destination(outcome), graph_[outcome.buffer].type.bytes()});
    }
    plan_.copies = sequence(std::move(moves), [&](std::int64_t bytes) {
      const Place aside{Region::arena, plan_.arena_bytes};
      plan_.arena_bytes += (bytes + alignment - 1) / alignment * alignment;
      return aside;
    });
  }

  const Graph& graph_;
  const ir::Program& program_;
  const StorageLayout& layout_;
  std::vector<Outcome> outcomes_;
  NodeMap<std::vector<NodeId>> readers_;
  NodeMap<std::size_t> step_;
  std::size_t steps_ = 0;
  MemoryPlan plan_;
  std::map<NodeId, ir::Kernel> kernels_;
  std::vector<Cell> cells_;
  NodeMap<std::optional<std::size_t>> cell_;
};

}  // namespace

StorageLayout lay_out_storage(const ir::Program& program) {
  StorageLayout out;
  for (const ir::Storage& storage : program.storage) {
    const Region region = region_of(storage.storage_class);
    std::int64_t& bytes = out.bytes[static_cast<std::size_t>(region)];
    out.slots.push_back({region, bytes});
    bytes += (storage.type.bytes() + alignment - 1) / alignment * alignment;
  }
  return out;
}

MemoryPlan plan_memory(const Graph& graph, const Schedule& schedule, const ir::Program& program,
                       const StorageLayout& layout) {
  return Planner(graph, schedule, program, layout).run();
}

}  // namespace gradc::passes
