// gradc build: a model as an object and a C header, or as any stage on the way there.
#include <fmt/core.h>

#include <algorithm>
#include <filesystem>

#include "codegen/emit.h"
#include "codegen/header.h"
#include "driver/commands/output.h"
#include "driver/commands/stages.h"
#include "driver/data/files.h"
#include "driver/train/progress_text.h"
#include "ir/messages.h"

namespace gradc::driver {

namespace {

/// What the compiler has when it writes files.
struct Products {
  const ir::Program& program;  ///< as elaborated, or after `--stop-after`
  const passes::Plan& plan;
  const codegen::Target& target;
  const codegen::Options& options;
};

template <codegen::OutputKind kind>
std::optional<std::string> code(const Products& products, std::string& error) {
  return codegen::emit(products.plan, products.target, products.options, kind, error);
}

struct Kind {
  std::string_view name;
  std::string_view suffix;
  std::optional<std::string> (*make)(const Products&, std::string& error);
};

constexpr Kind kinds[] = {
    {"graph", ".graph",
     [](const Products& p, std::string&) {
       return std::optional(find_program_text("graph")(p.program));
     }},
    {"dot", ".dot",
     [](const Products& p, std::string&) {
       return std::optional(find_program_text("dot")(p.program));
     }},
    {"kernels", ".kernels",
     [](const Products& p, std::string&) {
       return std::optional(find_program_text("kernels")(p.plan.program));
     }},
    {"plan", ".plan",
     [](const Products& p, std::string&) { return std::optional(plan_text(p.plan)); }},
    {"llvm", ".ll", code<codegen::OutputKind::llvm_ir>},
    {"asm", ".s", code<codegen::OutputKind::assembly>},
    {"obj", ".o", code<codegen::OutputKind::object>},
    {"header", ".h",
     [](const Products& p, std::string&) {
       return std::optional(codegen::c_header(p.plan, p.target, p.options));
     }},
};

/// The kinds asked for; nothing if one of them is unknown.
std::optional<std::vector<const Kind*>> chosen_kinds(std::vector<std::string> names) {
  if (names.empty()) names = {"obj", "header"};
  std::vector<const Kind*> out;
  for (const std::string& name : names) {
    const auto found = std::ranges::find(kinds, name, &Kind::name);
    if (found != std::end(kinds))
      out.push_back(&*found);
    else
      return std::nullopt;
  }
  return out;
}

/// `-o NAME`: NAME with the kind's suffix; without it, the model's file name.
std::string path_of(const CommandLine& line, const Kind& kind) {
  const std::string base =
      line.output.empty() ? std::filesystem::path(line.model).stem().string() : line.output;
  return base.ends_with(kind.suffix) ? base : base + std::string(kind.suffix);
}

Exit write(const CommandLine& line, const Kind& kind, const Products& products,
           ir::Diagnostics& diagnostics) {
  std::string error;
  const auto content = kind.make(products, error);
  if (!content) {
    diagnostics.report({}, ir::Message::code_generation_failed, error);
    return Exit::diagnostics;
  }
  if (line.output == "-") return print(*content);
  const bool written =
      write_file_atomically(path_of(line, kind), bytes_of(*content), {}, diagnostics);
  return written ? Exit::ok : Exit::diagnostics;
}

/// Compile into this process and stop: how long does it take until the model could run?
Exit compile_only(const CommandLine& line, ir::Program program, CompileTimes& times,
                  ir::Diagnostics& diagnostics) {
  const auto executable =
      Executable::compile(std::move(program), line.compile, diagnostics, &times);
  if (executable && line.verbose)
    fmt::print(stderr, "compiled in {:.1f} ms ({})\n", 1e3 * times.total(), compile_times(times));
  if (executable && line.time_passes) fmt::print(stderr, "{}", pass_times(times));
  return show(diagnostics);
}

}  // namespace

Exit build_command(const CommandLine& command_line) {
  const bool writes_nothing = command_line.emit == std::vector<std::string>{"none"};
  const auto wanted = writes_nothing ? std::vector<const Kind*>() : chosen_kinds(command_line.emit);
  if (!wanted) {
    fmt::print(
        stderr,
        "gradc build: --emit takes graph, dot, kernels, plan, llvm, asm, obj, header, none\n");
    return Exit::usage;
  }
  std::string error;
  const auto target =
      codegen::find_target(command_line.target, command_line.cpu, command_line.features, error);
  ir::Sources sources;
  ir::Diagnostics diagnostics(command_line.remarks);
  if (!target) {
    diagnostics.report({}, ir::Message::code_generation_failed, error);
    return show(diagnostics);
  }
  CompileTimes times;
  const auto model =
      read_model(command_line.model, command_line.compile.model, sources, diagnostics, &times);
  if (!model) return show(diagnostics);
  if (writes_nothing) return compile_only(command_line, model->program, times, diagnostics);

  CompileOptions options = command_line.compile;
  options.passes = printing(options.passes);
  const bool stops = !options.passes.stop_after.empty();
  std::optional<ir::Program> stopped;
  std::optional<passes::Plan> plan;
  if (stops)
    stopped = passes::run(model->program, options.passes, diagnostics, &times.by_pass);
  else
    plan = plan_program(model->program, options, diagnostics, &times);
  if (!stopped && !plan) return show(diagnostics);

  // A program that stopped half-way is no plan: it can only be shown.
  static const passes::Plan no_plan{};
  const Products products{stopped ? *stopped : model->program, plan ? *plan : no_plan, *target,
                          command_line.compile.codegen};
  for (const Kind* kind : *wanted) {
    if (!plan && !find_program_text(kind->name)) {
      fmt::print(stderr, "gradc build: --stop-after leaves only graph and dot to be shown\n");
      return Exit::usage;
    }
    const Exit exit = write(command_line, *kind, products, diagnostics);
    if (exit != Exit::ok) return diagnostics.has_errors() ? show(diagnostics) : exit;
  }
  if (command_line.time_passes) fmt::print(stderr, "{}", pass_times(times));
  return show(diagnostics);
}

}  // namespace gradc::driver
