#include "passes/bands.h"

#include <algorithm>
#include <map>
#include <set>

#include "ir/op.h"
#include "ir/ops.h"
#include "ir/order.h"
#include "ir/scan.h"
#include "passes/buffers.h"
#include "passes/in_place.h"

namespace gradc::passes {

using ir::Graph;
using ir::NodeId;
using ir::NodeMap;

namespace {

/// What has lain, and lies, in the memory of a sequence that began at 0.
struct Career {
  struct Held {
    NodeId buffer;
    std::int64_t offset;  ///< of its first element
  };
  std::vector<Held> now;
  std::int64_t start = 0;                ///< where the elements of the first step lie now
  std::int64_t lowest = 0, highest = 0;  ///< where they ever did
};

/// A loop, its body, and what lies where around it.
struct Steps {
  Steps(const Graph& graph, NodeId node)
      : node(node),
        scan(scan_of(graph[node].attributes)),
        body(graph[node].bodies.front()),
        inputs(ir::inputs(body)),
        readers(readers_of(body)),
        results(result_buffers(graph, node)) {
    for (const ir::Use& use : body.operands(return_node(body)))
      returned.push_back(buffer_of(body, use.def));
  }

  std::int64_t bytes_returned(std::size_t number) const {
    return body[returned[number]].type.bytes();
  }

  NodeId node;
  ir::Scan scan;
  const Graph& body;
  std::vector<NodeId> inputs, returned;
  NodeMap<std::vector<NodeId>> readers;        ///< of the body's buffers
  std::vector<std::optional<NodeId>> results;  ///< of the graph, by number
};

class Finder {
 public:
  Finder(const Graph& graph, const Schedule& schedule, const Boundary& boundary,
         const std::vector<LoopArena>& loops)
      : graph_(graph), readers_(readers_of(graph)), step_(graph), is_elsewhere_(graph) {
    std::size_t steps = 0;
    for (const NodeId node : schedule.order) step_[node] = steps++;
    for (const Outcome& outcome : boundary.outcomes) is_elsewhere_[outcome.buffer] = true;
    for (const LoopArena& loop : loops) leave_histories(loop);
  }

  void visit(LoopArena& loop) {
    const Steps steps(graph_, loop.scan);
    loop.bands = bands_read(steps);
    for (Band& band : loop.bands)
      if (gives_way(band, steps)) take_over(band, steps);
  }

  /// Once it is known how far each band reaches.
  void finish(LoopArena& loop) const {
    const std::int64_t steps = scan_of(graph_[loop.scan].attributes).steps;
    std::erase_if(loop.bands, [&](const Band& band) { return !is_in_use_.contains(band.whole); });
    std::int64_t first = 0;
    for (Band& band : loop.bands) {
      const Career& career = careers_.at(band.whole);
      band.whole_offset = -career.lowest;
      band.bytes = graph_[band.whole].type.bytes() + career.highest - career.lowest;
      for (Band::Lane& lane : band.operands) lane.offset -= career.lowest;
      for (Band::Lane& lane : band.results) lane.offset -= career.lowest;
      band.first = first;
      first += aligned(bytes_of_step(band, steps));
    }
  }

 private:
  void leave_histories(const LoopArena& loop) {
    const auto results = result_buffers(graph_, loop.scan);
    for (const History& history : loop.histories)
      for (const auto number : {history.before, history.after, std::optional(history.carried)})
        if (number && results[*number]) is_elsewhere_[*results[*number]] = true;
  }

  // ---- What a loop reads ---------------------------------------------------------------------

  std::vector<Band> bands_read(const Steps& steps) {
    std::vector<Band> out;
    for (std::size_t slot = 0; slot < steps.scan.scanned; ++slot) {
      const NodeId buffer = buffer_of(graph_, graph_.operand(steps.node, slot));
      if (!whole_.contains(buffer) && !may_begin(buffer, steps, slot)) continue;
      const NodeId whole = whole_.try_emplace(buffer, buffer).first->second;
      std::vector<Career::Held>& held = careers_[whole].now;
      if (held.empty()) held.push_back({buffer, 0});

      auto band = std::ranges::find(out, whole, &Band::whole);
      if (band == out.end())
        band = out.insert(out.end(), {whole, graph_[whole].type.bytes() / steps.scan.steps});
      band->operands.push_back(
          {slot, std::ranges::find(held, buffer, &Career::Held::buffer)->offset});
    }
    return out;
  }

  /// A sequence in the arena that lies alone.
  bool may_begin(NodeId buffer, const Steps& steps, std::size_t slot) const {
    const std::int64_t element = steps.body[steps.inputs[slot]].type.bytes();
    return writer_of(graph_, buffer) && !is_elsewhere_[buffer] && element > 0 &&
           graph_[buffer].type.bytes() == steps.scan.steps * element;
  }

  /// Nobody but this loop needs what lies in the band, and the loop only one element per step.
  bool gives_way(const Band& band, const Steps& steps) const {
    const std::vector<Career::Held>& held = careers_.at(band.whole).now;
    const auto is_returned = [&](const Band::Lane& lane) {
      return std::ranges::count(steps.returned, steps.inputs[lane.number]) > 0;
    };
    if (band.operands.size() != held.size()) return false;
    if (std::ranges::any_of(band.operands, is_returned)) return false;
    return std::ranges::all_of(held, [&](const Career::Held& lane) {
      const auto reads_it = [&](const ir::Use& use) {
        return buffer_of(graph_, use.def) == lane.buffer;
      };
      const auto is_done = [&](NodeId reader) { return step_[reader] <= step_[steps.node]; };
      return std::ranges::count_if(graph_.operands(steps.node), reads_it) == 1 &&
             std::ranges::all_of(readers_[lane.buffer], is_done);
    });
  }

  // ---- What the loop writes over it ----------------------------------------------------------

  /// The largest results first, until the band is full.
  void take_over(Band& band, const Steps& steps) {
    std::vector<std::size_t> numbers;
    for (std::size_t number = steps.scan.carried; number < steps.returned.size(); ++number)
      if (may_move(number, band, steps)) numbers.push_back(number);
    std::ranges::stable_sort(numbers, std::greater(),
                             [&](std::size_t number) { return steps.bytes_returned(number); });
    std::int64_t filled = 0;
    for (const std::size_t number : numbers) {
      if (steps.bytes_returned(number) > band.step_bytes - filled) continue;
      band.results.push_back({number, filled});
      filled += steps.bytes_returned(number);
    }
    if (filled < band.step_bytes) return band.results.clear();

    Career& career = careers_[band.whole];
    if (!come_after_readers(band, steps))
      career.start += steps.scan.is_reverse ? band.step_bytes : -band.step_bytes;
    career.lowest = std::min(career.lowest, career.start);
    career.highest = std::max(career.highest, career.start);
    career.now.clear();
    for (Band::Lane& lane : band.results) {
      const NodeId buffer = *steps.results[lane.number];
      lane.offset += career.start;
      career.now.push_back({buffer, lane.offset});
      whole_.insert_or_assign(buffer, band.whole);
    }
    is_in_use_.insert(band.whole);
  }

  /// An output that has no other place, computed by a kernel for this purpose only.
  bool may_move(std::size_t number, const Band& band, const Steps& steps) const {
    const auto& result = steps.results[number];
    const NodeId returned = steps.returned[number];
    const std::int64_t bytes = steps.bytes_returned(number);
    return result && !is_elsewhere_[*result] && !whole_.contains(*result) && bytes > 0 &&
           writer_of(steps.body, returned) && std::ranges::count(steps.returned, returned) == 1 &&
           (bytes == band.step_bytes || is_read_by_loops_only(*result, steps.scan.steps));
  }

  bool is_read_by_loops_only(NodeId result, std::int64_t number_of_steps) const {
    const auto is_element = [&](const ir::Use& use) {
      if (graph_[use.user].op != &ir::op::scan) return false;
      const ir::Scan scan = scan_of(graph_[use.user].attributes);
      return use.slot < scan.scanned && scan.steps == number_of_steps;
    };
    const NodeId loop = *writer_of(graph_, result);
    if (loop == result) return std::ranges::all_of(graph_.uses(loop), is_element);
    return std::ranges::all_of(graph_.uses(loop), [&](const ir::Use& read) {
      return buffer_of(graph_, read.user) != result ||
             std::ranges::all_of(graph_.uses(read.user), is_element);
    });
  }

  /// What a step has to compute before it has read all that lies in the band.
  static ir::NodeSet needed_by_readers(const Band& band, const Steps& steps) {
    ir::NodeSet out(steps.body);
    for (const Band::Lane& lane : band.operands)
      for (const NodeId reader : steps.readers[steps.inputs[lane.number]]) {
        const ir::NodeSet needed = reaching(steps.body, reader);
        for (const NodeId node : nodes(steps.body))
          if (node != reader && needed.contains(node)) out.insert(node);
      }
    return out;
  }

  /// Has a step read what lies in the band when it writes its results there?
  static bool come_after_readers(const Band& band, const Steps& steps) {
    const ir::NodeSet too_early = needed_by_readers(band, steps);
    const bool one_for_one = band.operands.size() == 1 && band.results.size() == 1;
    return std::ranges::all_of(band.results, [&](const Band::Lane& lane) {
      const NodeId returned = steps.returned[lane.number],
                   writer = *writer_of(steps.body, returned);
      return !too_early.contains(writer) &&
             std::ranges::all_of(band.operands, [&](const Band::Lane& operand) {
               const NodeId input = steps.inputs[operand.number];
               return std::ranges::count(steps.readers[input], writer) == 0 ||
                      (one_for_one && may_overwrite(steps.body, writer, returned, input));
             });
    });
  }

  static bool may_overwrite(const Graph& body, NodeId kernel, NodeId result, NodeId buffer) {
    return body[kernel].op->kernel &&
           passes::may_overwrite(body, kernel, kernel_of(body, kernel), result, buffer);
  }

  const Graph& graph_;
  NodeMap<std::vector<NodeId>> readers_;
  NodeMap<std::size_t> step_;
  NodeMap<char> is_elsewhere_;        ///< has a place of its own
  std::map<NodeId, NodeId> whole_;    ///< of buffers in bands: what had the memory first
  std::map<NodeId, Career> careers_;  ///< by that
  std::set<NodeId> is_in_use_;        ///< bands in which anything took over
};

}  // namespace

void find_bands(const Graph& graph, const Schedule& schedule, const Boundary& boundary,
                std::vector<LoopArena>& loops) {
  Finder finder(graph, schedule, boundary, loops);
  for (LoopArena& loop : loops) finder.visit(loop);
  for (LoopArena& loop : loops) finder.finish(loop);
}

}  // namespace gradc::passes
