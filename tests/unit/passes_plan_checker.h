#pragma once
/// Plays a memory plan through, byte by byte, and finds every read of bytes that are not (or no
/// longer) what they should be. Knows nothing of how plans are made: every byte remembers which
/// value it belongs to.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "ir/kernel.h"
#include "ir/ops.h"
#include "ir/scan.h"
#include "kernel_points.h"
#include "passes/buffers.h"
#include "passes/plan.h"

namespace gradc::passes {

class PlanChecker {
 public:
  PlanChecker(const ir::Graph& graph, const StorageLayout& layout, const Boundary& boundary,
              const GraphPlan& plan)
      : graph_(graph),
        layout_(layout),
        boundary_(boundary),
        schedule_(plan.schedule),
        memory_(plan.memory),
        loops_(plan.loops) {}

  /// What goes wrong; empty when the plan is right.
  std::vector<std::string> run() {
    check_schedule();
    if (!problems_.empty()) return problems_;
    find_lanes();
    check_alignment();
    fill_storage();
    auto loop = loops_.begin();
    for (const ir::NodeId node : schedule_.order) {
      if (graph_[node].op == &ir::op::fused) run_kernel(node);
      if (graph_[node].op == &ir::op::scan) run_loop(*loop++);
    }
    for (const Copy& copy : memory_.copies) run_copy(copy);
    check_outcomes();
    return problems_;
  }

 private:
  /// A byte: which value it belongs to, and which byte of that value it is.
  struct Owner {
    std::string value;
    std::int64_t byte;
    bool operator==(const Owner&) const = default;
  };
  using Address =
      std::tuple<Region, std::int64_t, std::int64_t>;  // region, number (for the caller's), byte

  template <typename... Arguments>
  void problem(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
    problems_.push_back(fmt::format(text, std::forward<Arguments>(arguments)...));
  }

  static bool is_callers(Region region) {
    return region >= Region::input && region != Region::band;
  }
  static Address address(Place place, std::int64_t byte) {
    if (is_callers(place.region)) return {place.region, place.offset, byte};
    return {place.region, 0, place.offset + byte};
  }
  /// Of a byte of a node: the elements of a sequence in a band do not follow each other.
  Address address(ir::NodeId node, std::int64_t byte) const {
    const auto lane = lanes_.find(buffer_of(graph_, node));
    if (lane == lanes_.end()) return address(*memory_.places[node], byte);
    const auto& [element, step] = lane->second;
    return address(*memory_.places[node], byte / element * step + byte % element);
  }

  // ---- The schedule ----

  void check_schedule() {
    ir::NodeMap<int> position(graph_, -1);
    int next = 0;
    for (const ir::NodeId node : schedule_.order) {
      if (position[node] >= 0) problem("node {} is scheduled twice", ir::index(node));
      position[node] = next++;
      for (const ir::Use& use : graph_.operands(node))
        if (position[use.def] < 0) problem("node {} comes before its operand", ir::index(node));
    }
    if (schedule_.order.size() != graph_.size())
      problem("{} of {} nodes are scheduled", next, graph_.size());
    if (schedule_.order.empty() || schedule_.order.back() != return_node(graph_))
      problem("`return` is not the last");
  }

  void find_lanes() {
    for (const LoopPlan& loop : loops_) {
      const std::int64_t steps = scan_of(graph_[loop.arena.scan].attributes).steps;
      const auto results = result_buffers(graph_, loop.arena.scan);
      for (const Band& band : loop.arena.bands) {
        lanes_[band.whole] = {graph_[band.whole].type.bytes(), band.bytes};
        for (const Band::Lane& lane : band.results) {
          const ir::NodeId result = *results[lane.number];
          lanes_[result] = {graph_[result].type.bytes() / steps, band.step_bytes};
        }
      }
    }
  }

  void check_alignment() {
    for (const ir::NodeId node : nodes(graph_)) {
      const auto& place = memory_.places[node];
      const std::int64_t size = graph_[node].type.bytes();
      if (!place || is_callers(place->region) || place->region == Region::band || size == 0)
        continue;
      const bool is_part =
          owner_of(node, 0).value != value_of(node) || lanes_.contains(buffer_of(graph_, node));
      if (place->offset % alignment != 0 && !is_part)
        problem("node {} is not aligned", ir::index(node));
      const std::int64_t bytes = region_bytes(place->region);
      if (place->offset < 0 || std::get<2>(address(node, size - 1)) >= bytes)
        problem("node {} lies outside its region of {} bytes", ir::index(node), bytes);
    }
  }

  std::int64_t region_bytes(Region region) const {
    return region == Region::arena ? memory_.arena_bytes
                                   : layout_.bytes[static_cast<std::size_t>(region)];
  }

  // ---- Values and their bytes ----

  /// What the bytes of a node belong to: views belong to what they view.
  std::string value_of(ir::NodeId node) const {
    return fmt::format("node {}", ir::index(buffer_of(graph_, node)));
  }

  /// A byte of a node; stacks of one history have most of their bytes in common.
  Owner owner_of(ir::NodeId node, std::int64_t byte) const {
    const ir::NodeId buffer = buffer_of(graph_, node);
    for (const LoopPlan& loop : loops_)
      for (const History& history : loop.arena.histories) {
        const auto results = result_buffers(graph_, loop.arena.scan);
        for (const auto number : {history.before, history.after, std::optional(history.carried)})
          if (number && results[*number] == buffer)
            return {fmt::format("history at {}", history.offset),
                    memory_.places[buffer]->offset - history.offset + byte};
      }
    return {value_of(node), byte};
  }

  void own(Place place, const std::string& value, std::int64_t bytes) {
    for (std::int64_t byte = 0; byte < bytes; ++byte)
      memory_bytes_[address(place, byte)] = {value, byte};
  }

  void erase(Place place, std::int64_t bytes) {
    for (std::int64_t byte = 0; byte < bytes; ++byte) memory_bytes_.erase(address(place, byte));
  }

  void fill_storage() {
    for (const ir::NodeId node : inputs(graph_)) {
      const std::int64_t bytes = graph_[node].type.bytes();
      for (std::int64_t byte = 0; byte < bytes; ++byte)
        if (memory_bytes_.contains(address(*boundary_.inputs[node], byte)))
          return problem("input {} overlaps another", graph_[node].name);
      own(*boundary_.inputs[node], value_of(node), bytes);
    }
  }

  // ---- Loops ----

  /// Reads its operands at any time, writes its results at any time, and needs its part of the
  /// arena all the while; but a sequence that gives way to results is read, and they are written,
  /// one element at every step.
  void run_loop(const LoopPlan& loop) {
    const ir::NodeId node = loop.arena.scan;
    erase({Region::arena, loop.arena.offset}, loop.arena.bytes);
    const std::int64_t steps = scan_of(graph_[node].attributes).steps;
    for (const History& history : loop.arena.histories)
      erase({Region::arena, history.offset}, history.bytes(steps));
    const auto results = result_buffers(graph_, node);
    for (std::size_t number = 0; number < results.size(); ++number)
      if (results[number] && !takes_over(loop, number))
        write_elements(*results[number], 0, graph_[*results[number]].type.elements());
    read_at_any_time(loop);
    walk(loop);
    read_at_any_time(loop);
  }

  static bool takes_over(const LoopPlan& loop, std::size_t result) {
    return std::ranges::any_of(loop.arena.bands, [&](const Band& band) {
      return std::ranges::count(band.results, result, &Band::Lane::number) > 0;
    });
  }

  static bool gives_way(const LoopPlan& loop, std::size_t operand) {
    return std::ranges::any_of(loop.arena.bands, [&](const Band& band) {
      return !band.results.empty() &&
             std::ranges::count(band.operands, operand, &Band::Lane::number) > 0;
    });
  }

  void read_at_any_time(const LoopPlan& loop) {
    for (const ir::Use& use : graph_.operands(loop.arena.scan))
      if (!gives_way(loop, use.slot))
        for (std::int64_t i = 0; i < graph_[use.def].type.elements(); ++i)
          read(loop.arena.scan, use.slot, i);
  }

  void walk(const LoopPlan& loop) {
    const ir::NodeId node = loop.arena.scan;
    const ir::Scan scan = scan_of(graph_[node].attributes);
    for (std::int64_t i = 0; i < scan.steps; ++i) {
      const std::int64_t step = scan.is_reverse ? scan.steps - 1 - i : i;
      for (const Band& band : loop.arena.bands)
        if (!band.results.empty()) take_turns(loop, band, scan.steps, step);
    }
  }

  /// The step reads its elements of the band, then writes its own over some of it.
  void take_turns(const LoopPlan& loop, const Band& band, std::int64_t steps, std::int64_t step) {
    const ir::NodeId node = loop.arena.scan;
    const auto results = result_buffers(graph_, node);
    const auto per_step = [&](ir::NodeId sequence) {
      return graph_[sequence].type.elements() / steps;
    };
    for (const Band::Lane& lane : band.operands) {
      const auto slot = static_cast<std::uint32_t>(lane.number);
      const std::int64_t count = per_step(graph_.operand(node, slot));
      for (std::int64_t k = 0; k < count; ++k) read(node, slot, step * count + k);
    }
    for (const Band::Lane& lane : band.results) {
      const ir::NodeId result = *results[lane.number];
      write_elements(result, step * per_step(result), per_step(result));
    }
  }

  void write_elements(ir::NodeId result, std::int64_t first, std::int64_t count) {
    const std::int64_t size = byte_size(graph_[result].type.dtype);
    for (std::int64_t byte = first * size; byte < (first + count) * size; ++byte)
      memory_bytes_[address(result, byte)] = owner_of(result, byte);
  }

  // ---- Kernels ----

  void read(ir::NodeId kernel, std::uint32_t operand, std::optional<std::int64_t> number) {
    const ir::NodeId def = graph_.operand(kernel, operand);
    if (graph_[def].op == &ir::op::constant || !number) return;
    const ir::Type& type = graph_[def].type;
    const std::int64_t size = byte_size(type.dtype);
    const std::int64_t first = *number < 0 ? 0 : *number * size,
                       last = *number < 0 ? type.bytes() : first + size;
    if (!memory_.places[def]) return problem("node {} has no place", ir::index(def));
    for (std::int64_t byte = first; byte < last; ++byte) {
      const auto found = memory_bytes_.find(address(def, byte));
      const Owner expected = owner_of(def, byte);
      if (found != memory_bytes_.end() && found->second == expected) continue;
      return problem("node {} reads byte {} of {}, where {} is", ir::index(kernel), byte,
                     expected.value,
                     found == memory_bytes_.end() ? "nothing" : found->second.value);
    }
  }

  void write(ir::NodeId result, std::int64_t number) {
    const std::int64_t size = byte_size(graph_[result].type.dtype);
    if (!memory_.places[result]) return problem("node {} has no place", ir::index(result));
    if (memory_.places[result]->region == Region::input)
      return problem("node {} is written over an input of the caller", ir::index(result));
    for (std::int64_t byte = number * size; byte < (number + 1) * size; ++byte)
      memory_bytes_[address(result, byte)] = {value_of(result), byte};
  }

  /// Point by point, as late in reading and as early in writing as generated code might be.
  void run_kernel(ir::NodeId node) {
    const ir::Kernel kernel = kernel_of(graph_, node);
    const ir::Staging staging = stage(kernel);
    const std::vector<ir::NodeId> results = buffers_written(graph_, node);
    int passes = staging.passes;
    for (const ir::Output& output : kernel.outputs) {
      passes = std::max(passes, staging.stage[output.value] + 1);
    }
    for (std::size_t i = 0; i < results.size(); ++i)
      if (kernel.outputs[i].accumulate)  // starts as zeros
        own(*memory_.places[results[i]], value_of(results[i]), kernel.outputs[i].type.bytes());

    std::vector<std::int64_t> point(kernel.extents.size(), 0);
    const int last_pass = last_pass_of(kernel, staging);
    const auto read_all = [&](bool varying) {
      for (ir::ScalarId i = 0; i < kernel.body.size(); ++i) {
        if (kernel.body[i].op != ir::ScalarOp::load || staging.varies[i] != varying) continue;
        const ir::Access& access =
            kernel.accesses[static_cast<std::size_t>(kernel.body[i].integer)];
        read(node, access.operand,
             element(access.coordinates, kernel.operands[access.operand].shape, point));
      }
    };
    const auto write_all = [&](bool varying, int pass) {
      for (std::size_t i = 0; i < kernel.outputs.size(); ++i) {
        const ir::Output& output = kernel.outputs[i];
        if (output.accumulate || varies(kernel, staging, output) != varying ||
            staging.stage[output.value] != pass)
          continue;
        const auto number = element(output.coordinates, output.type.shape, point);
        if (!number || *number < 0)
          problem("node {} writes outside its result", ir::index(node));
        else
          write(results[i], *number);
      }
    };
    for_each_point(kernel, 0, kernel.parallel, point, [&] {
      read_all(false);
      for (int pass = 0; pass < passes; ++pass) {
        write_all(false, pass);
        if (pass > last_pass) continue;
        read_all(false);
        for_each_point(kernel, kernel.parallel, kernel.extents.size(), point, [&] {
          read_all(true);
          write_all(true, pass);
        });
      }
      write_all(false, passes);
    });
  }

  // ---- The end ----

  void run_copy(const Copy& copy) {
    std::vector<std::optional<Owner>> bytes;
    for (std::int64_t byte = 0; byte < copy.bytes; ++byte) {
      const auto found = memory_bytes_.find(address(copy.from, byte));
      bytes.push_back(found == memory_bytes_.end() ? std::nullopt : std::optional(found->second));
    }
    for (std::int64_t byte = 0; byte < copy.bytes; ++byte) {
      const Address to = address(copy.to, byte);
      if (bytes[static_cast<std::size_t>(byte)])
        memory_bytes_[to] = *bytes[static_cast<std::size_t>(byte)];
      else
        memory_bytes_.erase(to);
    }
  }

  void expect(Place place, ir::NodeId node, const std::string& what) {
    for (std::int64_t byte = 0; byte < graph_[node].type.bytes(); ++byte) {
      const auto found = memory_bytes_.find(address(place, byte));
      if (found != memory_bytes_.end() && found->second == owner_of(node, byte)) continue;
      return problem("{} should end as {}, but its byte {} is {}", what, value_of(node), byte,
                     found == memory_bytes_.end() ? "nothing" : found->second.value);
    }
  }

  void check_outcomes() {
    for (const Outcome& outcome : boundary_.outcomes)
      expect(outcome.place, outcome.buffer,
             fmt::format("what node {} is", ir::index(outcome.buffer)));
    for (const ir::NodeId node : inputs(graph_)) {
      const auto is_new = [&](const Outcome& outcome) {
        return std::ranges::count(outcome.old, node) > 0;
      };
      if (std::ranges::none_of(boundary_.outcomes, is_new))
        expect(*boundary_.inputs[node], node, "input " + graph_[node].name);
    }
  }

  const ir::Graph& graph_;
  const StorageLayout& layout_;
  const Boundary& boundary_;
  const Schedule& schedule_;
  const MemoryPlan& memory_;
  const std::vector<LoopPlan>& loops_;
  /// Bytes of an element and from one to the next, of buffers in bands.
  std::map<ir::NodeId, std::pair<std::int64_t, std::int64_t>> lanes_;
  std::map<Address, Owner> memory_bytes_;
  std::vector<std::string> problems_;
};

/// What goes wrong in a graph or in the bodies of its loops.
inline std::vector<std::string> check(const ir::Graph& graph, const StorageLayout& layout,
                                      const Boundary& boundary, const GraphPlan& plan) {
  std::vector<std::string> out = PlanChecker(graph, layout, boundary, plan).run();
  for (const LoopPlan& loop : plan.loops) {
    const ir::NodeId scan = loop.arena.scan;
    for (std::string& problem :
         check(graph[scan].bodies.front(), layout,
               boundary_of_step(graph, scan, loop.arena.histories, loop.arena.bands), loop.body))
      out.push_back("in a loop: " + std::move(problem));
  }
  return out;
}

inline std::vector<std::string> check(const Plan& plan) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < plan.entries.size(); ++i) {
    const ir::Graph& graph = plan.program.entries[i].graph;
    const Boundary boundary = boundary_of_entry(graph, plan.program, plan.storage);
    for (std::string& problem : check(graph, plan.storage, boundary, plan.entries[i]))
      out.push_back(std::move(problem));
  }
  return out;
}

}  // namespace gradc::passes
