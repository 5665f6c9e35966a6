#include "passes/plan.h"

#include <algorithm>
#include <utility>

#include "ir/ops.h"
#include "ir/scan.h"
#include "passes/bands.h"
#include "passes/buffers.h"

namespace gradc::passes {

using ir::Graph;
using ir::NodeId;

namespace {

bool is_loop(const ir::Node& node) { return node.op == &ir::op::scan; }

bool can_be_planned(const Graph& graph) {
  const bool returns_constant = std::ranges::any_of(
      graph.operands(return_node(graph)),
      [&](const ir::Use& use) { return graph[buffer_of(graph, use.def)].op == &ir::op::constant; });
  return !returns_constant && std::ranges::all_of(nodes(graph), [&](NodeId node) {
    if (is_loop(graph[node])) return can_be_planned(graph[node].bodies.front());
    return !is_kernel(graph[node]) || graph[node].op == &ir::op::fused;
  });
}

GraphPlan plan_graph(const Graph& graph, const Boundary& boundary);

/// Is the result the sequence that a band begins with?
bool begins_band(const std::vector<LoopArena>& loops, NodeId result) {
  return std::ranges::any_of(loops, [&](const LoopArena& loop) {
    return std::ranges::count(loop.bands, result, &Band::whole) > 0;
  });
}

/// Carried values that the loop would copy at the end of every step, and that somebody reads after
/// the last one: two places, which they take by turns, spare that.
std::vector<History> by_turns(const Graph& graph, const std::vector<LoopArena>& loops,
                              NodeId scan_node, const MemoryPlan& body) {
  const ir::Scan scan = scan_of(graph[scan_node].attributes);
  const auto results = result_buffers(graph, scan_node);
  std::vector<History> out;
  for (const Copy& copy : body.copies) {
    const auto number = static_cast<std::size_t>(copy.to.offset);
    const bool is_carried = copy.to.region == Region::output && number < scan.carried;
    if (is_carried && !begins_band(loops, *results[number]))
      out.push_back({number, {}, {}, copy.bytes});
  }
  return out;
}

GraphPlan plan_body(const Graph& graph, const std::vector<LoopArena>& loops, LoopArena& loop) {
  const auto planned = [&] {
    return plan_graph(graph[loop.scan].bodies.front(),
                      boundary_of_step(graph, loop.scan, loop.histories, loop.bands));
  };
  GraphPlan out = planned();
  const std::vector<History> more = by_turns(graph, loops, loop.scan, out.memory);
  if (more.empty()) return out;
  loop.histories.insert(loop.histories.end(), more.begin(), more.end());
  return planned();
}

GraphPlan plan_graph(const Graph& graph, const Boundary& boundary) {
  GraphPlan out{schedule(graph, boundary.outcomes), {ir::NodeMap<std::optional<Place>>(graph)}, {}};
  std::vector<LoopArena> arenas;
  for (const NodeId node : out.schedule.order)
    if (is_loop(graph[node])) arenas.push_back({node, 0, histories(graph, node, boundary)});
  find_bands(graph, out.schedule, boundary, arenas);
  for (LoopArena& arena : arenas) {
    out.loops.push_back({{}, plan_body(graph, arenas, arena)});
    arena.bytes = out.loops.back().body.memory.arena_bytes;
  }
  out.memory = plan_memory(graph, out.schedule, boundary, arenas);
  for (std::size_t i = 0; i < arenas.size(); ++i) out.loops[i].arena = arenas[i];
  return out;
}

}  // namespace

bool can_be_planned(const ir::Program& program) {
  return std::ranges::all_of(program.entries,
                             [](const ir::Entry& entry) { return can_be_planned(entry.graph); });
}

Plan plan(ir::Program program) {
  assert(can_be_planned(program) && "`fuse` comes before the plan");
  Plan out{std::move(program), {}, {}};
  out.storage = lay_out_storage(out.program);
  for (const ir::Entry& entry : out.program.entries)
    out.entries.push_back(
        plan_graph(entry.graph, boundary_of_entry(entry.graph, out.program, out.storage)));
  return out;
}

}  // namespace gradc::passes
