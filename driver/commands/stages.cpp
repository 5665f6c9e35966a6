#include "driver/commands/stages.h"

#include <fmt/format.h>

#include <algorithm>

#include "ir/ops.h"
#include "ir/print.h"
#include "ir/print_dot.h"
#include "ir/scan.h"

namespace gradc::driver {

namespace {

std::string graph_text(const ir::Program& program) { return ir::to_string(program); }
std::string dot_text(const ir::Program& program) { return ir::to_dot(program); }

std::string kernels_text(const ir::Program& program) {
  std::string out;
  for (const ir::Entry& entry : program.entries) {
    const ir::NodeMap<std::string> names = ir::names_of(entry.graph);
    for (const ir::NodeId n : ir::nodes(entry.graph))
      if (entry.graph[n].op->kernel)
        out += fmt::format("{}: {}\n{}\n", entry.name, names[n],
                           ir::to_string(ir::kernel_of(entry.graph, n)));
  }
  return out;
}

struct Kind {
  std::string_view name;
  ProgramText text;
};
constexpr Kind kinds[] = {{"graph", graph_text}, {"dot", dot_text}, {"kernels", kernels_text}};

constexpr std::string_view region_names[] = {"parameters", "optimizer", "state", "arena", "input",
                                             "output",     "before",    "after", "band"};

std::string place_text(const std::optional<passes::Place>& place) {
  if (!place) return "-";
  return fmt::format("{} {}", region_names[static_cast<std::size_t>(place->region)], place->offset);
}

/// Of a graph, indented by the loops around it.
std::string plan_text(const ir::Graph& graph, const passes::GraphPlan& plan, int loops) {
  const std::string indent(static_cast<std::size_t>(2 * loops + 2), ' ');
  const ir::NodeMap<std::string> names = ir::names_of(graph);
  std::string out;
  auto loop = plan.loops.begin();
  for (const ir::NodeId n : plan.schedule.order) {
    if (graph[n].op == &ir::op::return_) continue;
    out += fmt::format("{}{:<20} {:<10} {:<18} {}\n", indent, names[n], graph[n].op->name,
                       ir::to_string(graph[n].type), place_text(plan.memory.places[n]));
    if (loop == plan.loops.end() || loop->arena.scan != n) continue;
    out += fmt::format("{}  {} bytes from arena {}, {} times:\n", indent, loop->arena.bytes,
                       loop->arena.offset, ir::scan_of(graph[n].attributes).steps);
    out += plan_text(graph[n].bodies.front(), loop->body, loops + 1);
    ++loop;
  }
  for (const passes::Copy& copy : plan.memory.copies)
    out += fmt::format("{}copy {} bytes from {} to {}\n", indent, copy.bytes, place_text(copy.from),
                       place_text(copy.to));
  return out;
}

}  // namespace

ProgramText find_program_text(std::string_view kind) {
  const auto found = std::ranges::find(kinds, kind, &Kind::name);
  return found == std::end(kinds) ? nullptr : found->text;
}

std::string plan_text(const passes::Plan& plan) {
  std::string out;
  for (std::size_t i = 0; i < plan.entries.size(); ++i) {
    out += fmt::format("{}: arena of {} bytes\n", plan.program.entries[i].name,
                       plan.entries[i].memory.arena_bytes);
    out += plan_text(plan.program.entries[i].graph, plan.entries[i], 0);
  }
  return out;
}

}  // namespace gradc::driver
