// gradc generate: text from a model that says which byte comes next.
#include "driver/generate.h"

#include "driver/commands/output.h"

namespace gradc::driver {

namespace {

/// Of a program only what writing needs.
ir::Program only_entry(ir::Program program, const std::string& name) {
  std::erase_if(program.entries, [&](const ir::Entry& entry) {
    return entry.name != name && entry.kind != ir::EntryKind::init;
  });
  return program;
}

bool prepare(Instance& instance, const CommandLine& line, ir::Diagnostics& diagnostics) {
  instance.initialize(line.generate.seed);
  const std::string& weights = line.train.load_weights;
  const auto file = load_safetensors(weights, {}, diagnostics);
  if (!file || !instance.load(*file, weights, diagnostics)) return false;
  instance.reset_states();
  return true;
}

/// Print the text as it comes.
Exit write(Writer& writer, Instance& instance, const GenerateOptions& options,
           ir::Diagnostics& diagnostics) {
  Exit exit = print(options.prompt);
  for (std::int64_t i = 0; i < options.length && exit == Exit::ok; ++i) {
    const std::optional<char> byte = writer.next(instance, diagnostics);
    exit = byte ? print({&*byte, 1}) : show(diagnostics);
  }
  return exit == Exit::ok ? print("\n") : exit;
}

}  // namespace

Exit generate_command(const CommandLine& command_line) {
  ir::Sources sources;
  ir::Diagnostics diagnostics;
  const GenerateOptions& options = command_line.generate;
  const auto model =
      read_model(command_line.model, command_line.compile.model, sources, diagnostics);
  if (!model) return show(diagnostics);
  CompileOptions compile = command_line.compile;
  compile.passes = printing(compile.passes);
  const auto executable =
      Executable::compile(only_entry(model->program, options.entry), compile, diagnostics);
  if (!executable) return show(diagnostics);
  auto writer = Writer::create(model->program, *executable, options, diagnostics);
  if (!writer) return show(diagnostics);
  const Threads threads(command_line.train.threads);
  auto instance = Instance::create(*executable, threads, diagnostics);
  if (!instance || !prepare(*instance, command_line, diagnostics)) return show(diagnostics);
  return write(*writer, *instance, options, diagnostics);
}

}  // namespace gradc::driver
