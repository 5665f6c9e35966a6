// gradc run: call entries of a model, or a graph in text form, with values from the command line.
#include <fmt/core.h>

#include "driver/calls.h"
#include "driver/commands/output.h"
#include "driver/values.h"
#include "frontend/graph_text.h"
#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::driver {

namespace {

std::optional<ir::Program> read_program(const CommandLine& line, ir::Sources& sources,
                                        ir::Diagnostics& diagnostics) {
  auto text = read_source(line.model, {}, diagnostics);
  if (!text) return std::nullopt;
  const ir::Source& source = sources.add(line.model, std::move(*text));
  if (frontend::is_graph_text(source)) return frontend::parse_graphs(source, diagnostics);
  auto model = model_of(source, line.compile.model, sources, diagnostics);
  return model ? std::optional(std::move(model->program)) : std::nullopt;
}

using Entries = std::vector<const Executable::Entry*>;

/// The entries named, or the first one that is made for callers.
Entries choose_entries(const Executable& executable, const std::vector<std::string>& names,
                       ir::Diagnostics& diagnostics) {
  Entries entries;
  for (const std::string& name : names) {
    const Executable::Entry* entry = executable.find_entry(name);
    if (!entry) diagnostics.report({}, ir::Message::unknown_entry, name);
    if (entry) entries.push_back(entry);
  }
  if (!names.empty()) return entries;
  for (const ir::Entry& entry : executable.plan().program.entries)
    if (entry.kind == ir::EntryKind::exported) return {executable.find_entry(entry.name)};
  diagnostics.report({}, ir::Message::unknown_entry, "export");
  return {};
}

bool prepare(Instance& instance, const Executable& executable, const CommandLine& line,
             ir::Diagnostics& diagnostics) {
  if (executable.find_entry("init")) instance.initialize(line.train.seed.value_or(0));
  if (line.train.load_weights.empty()) return true;
  const auto file = load_safetensors(line.train.load_weights, {}, diagnostics);
  return file && instance.load(*file, line.train.load_weights, diagnostics);
}

/// Save what was asked for.
void save(const Instance& instance, const Safetensors& values, const CommandLine& line,
          ir::Diagnostics& diagnostics) {
  const std::string& weights = line.train.save_weights;
  if (!line.output.empty()) save_safetensors(line.output, values, {}, diagnostics);
  if (!weights.empty()) save_safetensors(weights, instance.save(false), {}, diagnostics);
}

}  // namespace

Exit run_command(const CommandLine& command_line) {
  ir::Sources sources;
  ir::Diagnostics diagnostics(command_line.remarks);
  auto program = read_program(command_line, sources, diagnostics);
  if (!program) return show(diagnostics);
  CompileOptions compile = command_line.compile;
  compile.passes = printing(compile.passes);
  const auto executable = Executable::compile(std::move(*program), compile, diagnostics);
  if (!executable) return show(diagnostics);
  const Entries entries = choose_entries(*executable, command_line.entries, diagnostics);
  const Repeat repeat = command_line.repeat;
  std::vector<Call> calls = prepare_calls(entries, command_line.inputs, repeat, diagnostics);
  if (diagnostics.has_errors()) return show(diagnostics);

  const Threads threads(command_line.train.threads);
  auto instance = Instance::create(*executable, threads, diagnostics);
  if (!instance || !prepare(*instance, *executable, command_line, diagnostics))
    return show(diagnostics);
  for (std::int64_t time = 0; time < repeat.value_or(1); ++time)
    for (Call& call : calls) call.run(*instance, time);

  Safetensors values;
  values.tensors = results(calls);
  save(*instance, values, command_line, diagnostics);
  if (diagnostics.has_errors()) return show(diagnostics);
  std::string text;
  if (command_line.output.empty())
    for (const auto& [name, value] : values.tensors)
      text += fmt::format("{} = {} : {}\n", name, value_text(value), value.type());
  return print(text);
}

}  // namespace gradc::driver
