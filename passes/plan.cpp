#include "passes/plan.h"

#include <algorithm>
#include <utility>

#include "ir/ops.h"
#include "passes/buffers.h"

namespace gradc::passes {

namespace {

bool is_fused(const ir::Graph& graph) {
  return std::ranges::all_of(nodes(graph), [&](ir::NodeId node) {
    return !is_kernel(graph[node]) || graph[node].op == &ir::op::fused;
  });
}

bool returns_no_constant(const ir::Graph& graph) {
  return std::ranges::none_of(outcomes(graph), [&](const Outcome& outcome) {
    return graph[outcome.buffer].op == &ir::op::constant;
  });
}

}  // namespace

bool can_be_planned(const ir::Program& program) {
  return std::ranges::all_of(program.entries, [](const ir::Entry& entry) {
    return is_fused(entry.graph) && returns_no_constant(entry.graph);
  });
}

Plan plan(ir::Program program) {
  assert(can_be_planned(program) && "`fuse` comes before the plan");
  Plan out{std::move(program), {}, {}};
  out.storage = lay_out_storage(out.program);
  for (const ir::Entry& entry : out.program.entries) {
    Schedule order = schedule(entry.graph);
    MemoryPlan memory = plan_memory(entry.graph, order, out.program, out.storage);
    out.entries.push_back({std::move(order), std::move(memory)});
  }
  return out;
}

}  // namespace gradc::passes
