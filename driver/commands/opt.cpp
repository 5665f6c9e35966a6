// gradc opt: passes on graphs in text form. What the tests of passes run.
#include <fmt/core.h>

#include "driver/commands/output.h"
#include "driver/commands/stages.h"
#include "frontend/graph_text.h"

namespace gradc::driver {

namespace {

std::optional<ir::Program> read_graphs(const std::string& path, ir::Sources& sources,
                                       ir::Diagnostics& diagnostics) {
  auto text = read_source(path, {}, diagnostics);
  if (!text) return std::nullopt;
  return frontend::parse_graphs(sources.add(path, std::move(*text)), diagnostics);
}

}  // namespace

Exit opt_command(const CommandLine& command_line) {
  const std::string kind = command_line.emit.empty() ? "graph" : command_line.emit.front();
  const ProgramText text = find_program_text(kind);
  if (!text && kind != "plan") {
    fmt::print(stderr, "gradc opt: --emit is one of graph, dot, kernels, plan\n");
    return Exit::usage;
  }
  ir::Sources sources;
  ir::Diagnostics diagnostics(command_line.remarks);
  auto program = read_graphs(command_line.model, sources, diagnostics);
  if (!program) return show(diagnostics);
  auto optimized =
      passes::run(std::move(*program), printing(command_line.compile.passes), diagnostics);
  if (!optimized) return show(diagnostics);
  if (!text && !passes::can_be_planned(*optimized)) {
    fmt::print(stderr, "gradc opt: a plan is made of kernels: after `fuse`\n");
    return Exit::usage;
  }
  return print(text ? text(*optimized) : plan_text(passes::plan(std::move(*optimized))));
}

}  // namespace gradc::driver
