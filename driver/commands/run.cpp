// gradc run: call one entry of a model, or a graph in text form, with values from the command line.
#include <fmt/core.h>

#include <algorithm>

#include "driver/commands/output.h"
#include "driver/instance.h"
#include "driver/values.h"
#include "frontend/graph_text.h"
#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::driver {

namespace {

std::optional<ir::Program> read_program(const CommandLine& line, ir::Sources& sources,
                                        ir::Diagnostics& diagnostics) {
  auto text = read_text(line.model, {}, diagnostics);
  if (!text) return std::nullopt;
  const ir::Source& source = sources.add(line.model, std::move(*text));
  if (frontend::is_graph_text(source)) return frontend::parse_graphs(source, diagnostics);
  auto model = model_of(source, line.compile.model, sources, diagnostics);
  return model ? std::optional(std::move(model->program)) : std::nullopt;
}

/// The entry named, or the first one that is made for callers.
const Executable::Entry* choose_entry(const Executable& executable, const std::string& name,
                                      ir::Diagnostics& diagnostics) {
  if (!name.empty()) {
    const Executable::Entry* entry = executable.find_entry(name);
    if (!entry) diagnostics.report({}, ir::Message::unknown_entry, name);
    return entry;
  }
  for (const ir::Entry& entry : executable.plan().program.entries)
    if (entry.kind == ir::EntryKind::exported) return executable.find_entry(entry.name);
  diagnostics.report({}, ir::Message::unknown_entry, "export");
  return nullptr;
}

/// The values given as NAME=VALUE, in the order of the entry's inputs.
std::vector<ir::Tensor> read_inputs(const Executable::Entry& entry,
                                    const std::vector<std::string>& given,
                                    ir::Diagnostics& diagnostics) {
  std::vector<ir::Tensor> values(entry.inputs.size());
  std::vector<bool> is_given(entry.inputs.size(), false);
  for (const std::string& text : given) {
    const std::string name = text.substr(0, text.find('='));
    const auto port = std::ranges::find(entry.inputs, name, &Port::name);
    if (port == entry.inputs.end()) {
      diagnostics.report({}, ir::Message::unknown_input, entry.name, name);
      continue;
    }
    auto value = parse_value(std::string_view(text).substr(std::min(name.size() + 1, text.size())),
                             diagnostics);
    if (!value) continue;
    // A file's numbers take the input's element type.
    if (value->type().shape == port->type.shape) value = ir::convert(*value, port->type.dtype);
    if (value->type() != port->type)
      diagnostics.report({}, ir::Message::value_type, name, port->type, value->type());
    const auto slot = static_cast<std::size_t>(port - entry.inputs.begin());
    values[slot] = std::move(*value);
    is_given[slot] = true;
  }
  for (std::size_t slot = 0; slot < is_given.size(); ++slot)
    if (!is_given[slot])
      diagnostics.report({}, ir::Message::missing_input, entry.name, entry.inputs[slot].name);
  return values;
}

bool prepare(Instance& instance, const Executable& executable, const CommandLine& line,
             ir::Diagnostics& diagnostics) {
  if (executable.find_entry("init")) instance.initialize(line.train.seed.value_or(0));
  if (line.train.load_weights.empty()) return true;
  const auto file = load_safetensors(line.train.load_weights, {}, diagnostics);
  return file && instance.load(*file, line.train.load_weights, diagnostics);
}

}  // namespace

Exit run_command(const CommandLine& command_line) {
  ir::Sources sources;
  ir::Diagnostics diagnostics;
  auto program = read_program(command_line, sources, diagnostics);
  if (!program) return show(diagnostics);
  CompileOptions compile = command_line.compile;
  compile.passes = printing(compile.passes);
  const auto executable = Executable::compile(std::move(*program), compile, diagnostics);
  if (!executable) return show(diagnostics);
  const Executable::Entry* entry = choose_entry(*executable, command_line.entry, diagnostics);
  if (!entry) return show(diagnostics);
  const std::vector<ir::Tensor> inputs = read_inputs(*entry, command_line.inputs, diagnostics);
  if (diagnostics.has_errors()) return show(diagnostics);

  const Threads threads(command_line.train.threads);
  auto instance = Instance::create(*executable, threads, diagnostics);
  if (!instance || !prepare(*instance, *executable, command_line, diagnostics))
    return show(diagnostics);
  std::vector<const void*> input_pointers;
  for (const ir::Tensor& input : inputs) input_pointers.push_back(input.data());
  std::vector<ir::Tensor> outputs;
  for (const Port& port : entry->outputs) outputs.emplace_back(port.type);
  std::vector<void*> output_pointers;
  for (ir::Tensor& output : outputs) output_pointers.push_back(output.data());
  instance->call(*entry, input_pointers, output_pointers);

  std::string text;
  for (std::size_t i = 0; i < outputs.size(); ++i)
    text += fmt::format("{} = {} : {}\n", entry->outputs[i].name, value_text(outputs[i]),
                        outputs[i].type());
  return print(text);
}

}  // namespace gradc::driver
