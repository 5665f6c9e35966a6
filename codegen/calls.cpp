#include "codegen/calls.h"

#include <algorithm>
#include <cassert>
#include <optional>

#include "codegen/scratch.h"
#include "ir/compose.h"
#include "ir/ops.h"
#include "ir/print.h"
#include "ir/scan.h"
#include "passes/buffers.h"

namespace gradc::codegen {

using ir::Graph;
using ir::NodeId;
using passes::GraphPlan;
using passes::Place;
using passes::Region;

std::size_t Kernels::number(KernelCode code) {
  std::string text = to_string(code.kernel);
  const auto [first, last] = by_text_.equal_range(text);
  for (auto known = first; known != last; ++known)
    if (all_[known->second] == code) return known->second;
  by_text_.emplace(std::move(text), all_.size());
  all_.push_back(std::move(code));
  return all_.size() - 1;
}

namespace {

/// The graph of an entry or the body of a loop, and where its surroundings lie.
struct Frame {
  const Graph& graph;
  const GraphPlan& plan;
  std::size_t loops = 0;             ///< around it
  std::int64_t arena = 0;            ///< where its part of the arena begins
  std::vector<Buffer> inputs = {};   ///< of the body of a loop; an entry's are the host's
  std::vector<Buffer> outputs = {};  ///< the same
  std::vector<Buffer> before = {};   ///< by number of the carried value, if it has a history
  std::vector<Buffer> after = {};    ///< the same
  std::vector<std::pair<passes::Band, Buffer>> bands = {};  ///< with what belongs to the step
};

/// Scratch memory up to this size stays in the cache from kernel to kernel if they have the same.
constexpr std::int64_t most_in_turns = 1 << 20;

/// Its elements are visited one by one by the loop that comes next.
Buffer element_of(Buffer sequence, Stride stride) {
  sequence.strides.push_back(stride);
  sequence.varies_in = stride.loop + 1;
  return sequence;
}

class Calls {
 public:
  Calls(const GraphPlan& plan, const Target& target, Kernels& kernels)
      : target_(target),
        kernels_(kernels),
        room_(plan.memory.tenancies),
        arena_bytes_(plan.memory.arena_bytes) {}

  EntryCalls run(const Graph& entry, const GraphPlan& plan) {
    EntryCalls out{block({entry, plan})};
    out.scratch = passes::aligned(arena_bytes_);
    out.arena_bytes = out.scratch + bytes_in_turns_;
    return out;
  }

 private:
  std::vector<Action> block(const Frame& frame) {
    blocks_.emplace_back();
    auto loop = frame.plan.loops.begin();
    std::size_t step = 0;
    for (const NodeId node : frame.plan.schedule.order) {
      if (frame.loops == 0) room_.go_to(step++);
      if (frame.graph[node].op == &ir::op::fused) this->kernel(frame, node);
      if (frame.graph[node].op == &ir::op::scan) this->loop(frame, *loop++);
    }
    for (const passes::Copy& copy : frame.plan.memory.copies)
      add({BufferCopy{buffer_at(frame, copy.from), buffer_at(frame, copy.to), copy.bytes}});
    std::vector<Action> out = std::move(blocks_.back());
    blocks_.pop_back();
    return out;
  }

  void add(Action action) { blocks_.back().push_back(std::move(action)); }

  // ---- Scratch memory ------------------------------------------------------------------------

  /// What a kernel needs while it runs.
  Buffer scratch(std::int64_t bytes, const Frame& frame) {
    if (bytes > most_in_turns && frame.loops == 0) return own_scratch(bytes);
    bytes_in_turns_ = std::max(bytes_in_turns_, bytes);
    return {.is_scratch = true};
  }

  /// Where the plan leaves room until this kernel of the entry, or this loop, is done.
  Buffer own_scratch(std::int64_t bytes) {
    const std::int64_t offset = room_.take(bytes);
    arena_bytes_ = std::max(arena_bytes_, offset + bytes);
    return {.place = {Region::arena, offset}};
  }

  // ---- Where values lie --------------------------------------------------------------------

  static Buffer buffer_at(const Frame& frame, const Place& place) {
    const auto number = static_cast<std::size_t>(place.offset);
    if (frame.loops > 0 && place.region == Region::input) return frame.inputs[number];
    if (frame.loops > 0 && place.region == Region::output) return frame.outputs[number];
    if (place.region == Region::before) return frame.before[number];
    if (place.region == Region::after) return frame.after[number];
    if (place.region == Region::band) return in_band(frame, place.offset);
    Buffer out{.place = place};
    if (place.region != Region::arena) return out;
    out.place.offset += frame.arena;
    out.varies_in = frame.loops;
    return out;
  }

  static Buffer in_band(const Frame& frame, std::int64_t offset) {
    const auto next = std::ranges::upper_bound(frame.bands, offset, {},
                                               [](const auto& entry) { return entry.first.first; });
    assert(next != frame.bands.begin() && "bands lie one after the other, from 0 on");
    const auto& [band, of_step] = *std::prev(next);
    Buffer out = of_step;
    out.place.offset += offset - band.first;
    return out;
  }

  static Buffer buffer_of(const Frame& frame, NodeId node) {
    node = passes::buffer_of(frame.graph, node);
    if (frame.graph[node].op == &ir::op::constant) return {.constant = &frame.graph[node]};
    return buffer_at(frame, *frame.plan.memory.places[node]);
  }

  // ---- Kernels -----------------------------------------------------------------------------

  void kernel(const Frame& frame, NodeId node) {
    const Graph& graph = frame.graph;
    std::optional<ir::Kernel> kernel = ir::compose(graph[node].bodies[0]);
    assert(kernel && "`fuse` groups only what is one kernel");
    std::vector<Buffer> buffers;
    for (const ir::Use& use : graph.operands(node)) buffers.push_back(buffer_of(frame, use.def));
    for (const NodeId result : passes::buffers_written(graph, node))
      buffers.push_back(buffer_of(frame, result));

    if (const auto scratch = kept_factor(*kernel, frame, buffers)) {
      keep(graph[node], std::move(*kernel), std::move(buffers), *scratch);
      return;
    }
    buffers.push_back(scratch(scratch_of(*kernel, target_).bytes, frame));
    add({KernelCall{kernels_.number({std::move(*kernel)}), std::move(buffers), Part::all,
                    &graph[node]}});
  }

  /// In a loop, the scratch memory of a kernel whose prepared factor is the same in every step.
  std::optional<Scratch> kept_factor(const ir::Kernel& kernel, const Frame& frame,
                                     const std::vector<Buffer>& buffers) const {
    if (frame.loops == 0) return std::nullopt;
    Scratch scratch = scratch_of(kernel, target_, true);
    if (!scratch.is_prepared || level_of(scratch, buffers) == frame.loops) return std::nullopt;
    return scratch;
  }

  /// How many of the loops around change what is prepared.
  static std::size_t level_of(const Scratch& scratch, const std::vector<Buffer>& buffers) {
    std::size_t out = 0;
    for (const std::uint32_t operand : scratch.operands)
      out = std::max(out, buffers[operand].varies_in);
    return out;
  }

  /// Prepare it in front of all loops that do not change it, in memory of its own.
  void keep(const ir::Node& node, ir::Kernel kernel, std::vector<Buffer> buffers,
            const Scratch& scratch) {
    const std::size_t level = level_of(scratch, buffers);
    const Buffer own = own_scratch(scratch.bytes);
    const std::size_t number = kernels_.number({std::move(kernel), true});
    buffers.push_back(own);

    KernelCall preparation{number, buffers, Part::preparation, &node};
    for (std::size_t i = 0; i < buffers.size(); ++i) {
      const bool is_read = std::ranges::count(scratch.operands, i) > 0;
      if (!is_read) preparation.buffers[i] = own;  // it may not exist yet
    }
    blocks_[level].push_back({std::move(preparation)});
    add({KernelCall{number, std::move(buffers), Part::work, &node}});
  }

  // ---- Loops -------------------------------------------------------------------------------

  void loop(const Frame& frame, const passes::LoopPlan& plan) {
    const ir::Node& node = frame.graph[plan.arena.scan];
    const ir::Scan scan = scan_of(node.attributes);
    const Frame inside = step_of(frame, plan, scan);
    for (std::size_t i = 0; i < scan.carried; ++i) {
      const NodeId start = frame.graph.operand(plan.arena.scan, scan.scanned + i);
      add({BufferCopy{buffer_of(frame, start), before_first(frame, inside, plan, i),
                      frame.graph[start].type.bytes()}});
    }
    std::vector<Action> body = block(inside);
    add({Loop{scan.steps, scan.is_reverse, std::move(body)}});
  }

  /// Where a carried value has to be before the first step.
  static Buffer before_first(const Frame& frame, const Frame& inside, const passes::LoopPlan& plan,
                             std::size_t carried) {
    const auto& histories = plan.arena.histories;
    const auto history = std::ranges::find(histories, carried, &passes::History::carried);
    if (history == histories.end()) {
      Buffer out = inside.outputs[carried];
      out.varies_in = frame.loops;
      return out;
    }
    const ir::Scan scan = scan_of(frame.graph[plan.arena.scan].attributes);
    const std::int64_t first = history->place_of(scan.is_reverse ? scan.steps : 0);
    return buffer_at(frame, {Region::arena, history->offset + first});
  }

  /// The body of a loop with what it reads and writes.
  static Frame step_of(const Frame& frame, const passes::LoopPlan& plan, const ir::Scan& scan) {
    const Graph& graph = frame.graph;
    const NodeId node = plan.arena.scan;
    const Graph& body = graph[node].bodies.front();
    Frame out{body, plan.body, frame.loops + 1, frame.arena + plan.arena.offset};
    const std::vector<NodeId> inputs = ir::inputs(body);
    for (std::size_t slot = 0; slot < inputs.size(); ++slot) {
      Buffer operand = buffer_of(frame, graph.operand(node, slot));
      if (slot < scan.scanned)
        operand = element_of(std::move(operand), {frame.loops, body[inputs[slot]].type.bytes()});
      out.inputs.push_back(std::move(operand));
    }
    const auto results = passes::result_buffers(graph, node);
    const auto returned = body.operands(return_node(body));
    for (std::size_t number = 0; number < returned.size(); ++number) {
      Buffer result = results[number] ? buffer_of(frame, *results[number])
                                      : private_carry(out, inputs, scan, number);
      result.varies_in = out.loops;
      if (number >= scan.carried)
        result =
            element_of(std::move(result), {frame.loops, body[returned[number].def].type.bytes()});
      out.outputs.push_back(std::move(result));
    }
    add_histories(out, frame, plan, scan);
    for (const passes::Band& band : plan.arena.bands)
      out.bands.emplace_back(band, element_of(buffer_at(frame, {Region::arena, band.offset}),
                                              {frame.loops, band.step_bytes}));
    return out;
  }

  static void add_histories(Frame& step, const Frame& frame, const passes::LoopPlan& plan,
                            const ir::Scan& scan) {
    step.before.resize(scan.carried);
    step.after.resize(scan.carried);
    for (const passes::History& history : plan.arena.histories) {
      const auto ahead = [&](std::int64_t steps) {
        return element_of(buffer_at(frame, {Region::arena, history.offset}),
                          {frame.loops, history.step_bytes, steps, history.takes_turns()});
      };
      step.before[history.carried] = ahead(scan.is_reverse ? 1 : 0);
      step.after[history.carried] = ahead(scan.is_reverse ? 0 : 1);
    }
  }

  /// A carried value that nobody reads after the last step lies in the body's own arena, if not in
  /// its history; an output that nobody reads is not written at all.
  static Buffer private_carry(const Frame& step, const std::vector<NodeId>& inputs,
                              const ir::Scan& scan, std::size_t number) {
    if (number >= scan.carried) return {};
    const Place place = *step.plan.memory.places[inputs[scan.scanned + number]];
    return place.region == Region::arena ? buffer_at(step, place) : Buffer{};
  }

  const Target& target_;
  Kernels& kernels_;
  std::vector<std::vector<Action>> blocks_;  // that are being written: the entry's, then loops'
  passes::FreeRoom room_;
  std::int64_t arena_bytes_;
  std::int64_t bytes_in_turns_ = 0;
};

}  // namespace

EntryCalls calls_of(const Graph& entry, const GraphPlan& plan, const Target& target,
                    Kernels& kernels) {
  return Calls(plan, target, kernels).run(entry, plan);
}

}  // namespace gradc::codegen
