// gradc show: what the compiler knows, and what a model holds.
#include <fmt/core.h>

#include <algorithm>

#include "driver/commands/output.h"
#include "driver/train/progress_text.h"
#include "frontend/reference.h"
#include "ir/ops.h"

namespace gradc::driver {

namespace {

std::string ops_text() {
  std::string out;
  for (const ir::Op* op : ir::all_ops()) out += fmt::format("{:<14} {}\n", op->name, op->doc);
  return out;
}

std::string passes_text() {
  std::string out;
  for (const passes::Pass& pass : passes::pipeline())
    out += fmt::format("{:<14} {}\n", pass.name, pass.doc);
  return out;
}

std::string params_text(const ir::Program& program) {
  std::string out;
  std::int64_t elements = 0;
  for (const ir::Storage& storage : program.storage) {
    out += fmt::format("{:<10} {:<28} {:<20} {}\n", ir::name(storage.storage_class), storage.name,
                       ir::to_string(storage.type), ir::to_string(storage.location));
    if (storage.storage_class == ir::StorageClass::param) elements += storage.type.elements();
  }
  return out + fmt::format("{} trained numbers\n", elements);
}

std::string memory_text(const passes::Plan& plan, const std::vector<std::int64_t>& arenas) {
  using passes::Region;
  const auto bytes = [&](Region region) {
    return plan.storage.bytes[static_cast<std::size_t>(region)];
  };
  std::string out =
      fmt::format("{:>12}  parameters\n{:>12}  optimizer\n{:>12}  state\n",
                  bytes(Region::parameters), bytes(Region::optimizer), bytes(Region::state));
  for (std::size_t i = 0; i < arenas.size(); ++i)
    out += fmt::format("{:>12}  arena of {}\n", arenas[i], plan.program.entries[i].name);
  return out;
}

struct Shown {
  std::string_view what;
  bool needs_model;
};
constexpr Shown shown[] = {
    {"ops", false}, {"passes", false}, {"library", false}, {"params", true}, {"memory", true}};

std::string general_text(std::string_view what) {
  if (what == "ops") return ops_text();
  if (what == "passes") return passes_text();
  return frontend::library_reference();
}

}  // namespace

Exit show_command(const CommandLine& command_line) {
  const auto wanted = std::ranges::find(shown, command_line.show, &Shown::what);
  if (wanted == std::end(shown) || (wanted->needs_model && command_line.model.empty())) {
    fmt::print(stderr, "gradc show: ops, passes, library; or params, memory of a model file\n");
    return Exit::usage;
  }
  if (!wanted->needs_model) return print(general_text(wanted->what));

  ir::Sources sources;
  ir::Diagnostics diagnostics;
  const auto model =
      read_model(command_line.model, command_line.compile.model, sources, diagnostics);
  if (!model) return show(diagnostics);
  if (wanted->what == "params") return print(params_text(model->program));
  const auto plan = plan_program(model->program, command_line.compile, diagnostics);
  if (!plan) return show(diagnostics);
  return print(memory_text(*plan, codegen::arena_bytes(*plan, codegen::host_target())));
}

}  // namespace gradc::driver
