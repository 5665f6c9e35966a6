#include "driver/commands/stages.h"

#include <fmt/format.h>

#include <algorithm>

#include "ir/ops.h"
#include "ir/print.h"
#include "ir/print_dot.h"

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

constexpr std::string_view region_names[] = {"parameters", "optimizer", "state",
                                             "arena",      "input",     "output"};

std::string place_text(const std::optional<passes::Place>& place) {
  if (!place) return "-";
  return fmt::format("{} {}", region_names[static_cast<std::size_t>(place->region)], place->offset);
}

}  // namespace

ProgramText find_program_text(std::string_view kind) {
  const auto found = std::ranges::find(kinds, kind, &Kind::name);
  return found == std::end(kinds) ? nullptr : found->text;
}

std::string plan_text(const passes::Plan& plan) {
  std::string out;
  for (std::size_t i = 0; i < plan.entries.size(); ++i) {
    const ir::Graph& graph = plan.program.entries[i].graph;
    const passes::MemoryPlan& memory = plan.entries[i].memory;
    const ir::NodeMap<std::string> names = ir::names_of(graph);
    out += fmt::format("{}: arena of {} bytes\n", plan.program.entries[i].name, memory.arena_bytes);
    for (const ir::NodeId n : plan.entries[i].schedule.order)
      if (graph[n].op != &ir::op::return_)
        out += fmt::format("  {:<20} {:<10} {:<18} {}\n", names[n], graph[n].op->name,
                           ir::to_string(graph[n].type), place_text(memory.places[n]));
    for (const passes::Copy& copy : memory.copies)
      out += fmt::format("  copy {} bytes from {} to {}\n", copy.bytes, place_text(copy.from),
                         place_text(copy.to));
  }
  return out;
}

}  // namespace gradc::driver
