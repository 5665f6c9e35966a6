// gradc train: train the model as its `train` block says, and show how it goes.
#include <fmt/core.h>

#include <csignal>
#include <cstdio>

#include "driver/commands/output.h"
#include "driver/train/progress_text.h"

namespace gradc::driver {

namespace {

volatile std::sig_atomic_t stop_requested = 0;

void request_stop(int) { stop_requested = 1; }

/// Only people want to read this: not programs, and not those who asked for silence.
bool wants_summary(const TrainOptions& options) {
  return options.progress != ProgressMode::json && options.progress != ProgressMode::none;
}

void print_summary(const CommandLine& line, const TrainReport& report) {
  const CompileTimes& times = report.compile;
  fmt::print(stderr, "compiled in {} ({})\n", duration_text(times.total()), compile_times(times));
  if (report.examples == 0)
    fmt::print(stderr, "trained in {}\n", duration_text(report.seconds));
  else
    fmt::print(stderr, "trained on {} examples in {}: {} examples/s\n", report.examples,
               duration_text(report.seconds),
               rate_text(static_cast<double>(report.examples) / report.seconds));
  for (const Metric& metric : report.metrics)
    fmt::print(stderr, "  {:<12} {}\n", metric.name, metric_text(metric.value));
  fmt::print(stderr, "{}", report.flow);
  if (!report.saved_to.empty()) fmt::print(stderr, "saved to {}\n", report.saved_to);
  if (line.time_passes) fmt::print(stderr, "{}", pass_times(times));
}

}  // namespace

Exit train_command(const CommandLine& command_line) {
  ir::Sources sources;
  ir::Diagnostics diagnostics(command_line.remarks);
  CompileOptions compile = command_line.compile;
  compile.passes = printing(compile.passes);

  std::signal(SIGINT, request_stop);
  std::signal(SIGTERM, request_stop);
  const auto interrupted = [] { return stop_requested != 0; };
  const TrainReport report = train(command_line.model, compile, command_line.train, console(),
                                   interrupted, sources, diagnostics);
  const Exit exit = show(diagnostics);
  switch (report.outcome) {
    case TrainOutcome::failed:
      return exit;
    case TrainOutcome::diverged:
      fmt::print(stderr, "gradc: training diverged: {}\n", report.divergence);
      return Exit::diverged;
    case TrainOutcome::interrupted:
      fmt::print(stderr, "gradc: interrupted; saved to {}\n", report.saved_to);
      return Exit::interrupted;
    case TrainOutcome::finished:
      break;
  }
  if (wants_summary(command_line.train)) print_summary(command_line, report);
  return Exit::ok;
}

}  // namespace gradc::driver
