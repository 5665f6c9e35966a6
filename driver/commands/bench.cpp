// gradc bench: how long the entries of a model take, and how long they would take at least.
#include "driver/bench/bench.h"

#include "driver/bench/report.h"
#include "driver/commands/output.h"
#include "driver/data/files.h"

namespace gradc::driver {

Exit bench_command(const CommandLine& command_line) {
  ir::Sources sources;
  ir::Diagnostics diagnostics(command_line.remarks);
  CompileOptions compile = command_line.compile;
  compile.passes = printing(compile.passes);
  const auto report =
      bench(command_line.model, compile, command_line.bench, command_line.train.threads,
            command_line.train.seed.value_or(0), sources, diagnostics);
  if (!report) return show(diagnostics);

  const std::string& trace = command_line.bench.trace;
  if (!trace.empty() &&
      !write_file_atomically(trace, bytes_of(bench_trace(*report)), {}, diagnostics))
    return show(diagnostics);
  const std::string& json = command_line.json;
  if (json == "-") return print(bench_json(*report));
  if (!json.empty() && !write_file_atomically(json, bytes_of(bench_json(*report)), {}, diagnostics))
    return show(diagnostics);
  show(diagnostics);
  std::string text = bench_text(*report);
  for (const EntryReport& entry : report->entries)
    if (command_line.bench.per_kernel) text += kernels_text(entry);
  return print(text);
}

}  // namespace gradc::driver
