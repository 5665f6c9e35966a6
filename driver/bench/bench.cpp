#include "driver/bench/bench.h"

#include <sys/resource.h>

#include "driver/bench/inputs.h"
#include "driver/bench/machine_limits.h"
#include "ir/messages.h"

namespace gradc::driver {

namespace {

using Entries = std::vector<const Executable::Entry*>;

Entries choose_entries(const Executable& executable, const std::vector<std::string>& names,
                       ir::Diagnostics& diagnostics) {
  Entries out;
  for (const std::string& name : names) {
    const Executable::Entry* entry = executable.find_entry(name);
    if (!entry) diagnostics.report({}, ir::Message::unknown_entry, name);
    if (entry) out.push_back(entry);
  }
  if (!names.empty()) return out;
  for (const ir::Entry& entry : executable.plan().program.entries)
    if (entry.kind == ir::EntryKind::step || entry.kind == ir::EntryKind::exported)
      out.push_back(executable.find_entry(entry.name));
  if (out.empty()) diagnostics.report({}, ir::Message::unknown_entry, "step");
  return out;
}

double peak_memory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return 1024.0 * static_cast<double>(usage.ru_maxrss);
}

class Bench {
 public:
  Bench(const Executable& executable, MachineLimits& machine, Instance& instance,
        std::uint64_t seed)
      : executable_(executable), machine_(machine), instance_(instance), seed_(seed) {}

  std::optional<EntryReport> run(const Executable::Entry& entry, double seconds,
                                 ir::Diagnostics& diagnostics) {
    auto call = MadeUpCall::create(entry, graph_of(entry), seed_, diagnostics);
    if (!call) return std::nullopt;
    instance_.initialize(seed_);
    const gradc_frame frame = instance_.frame(call->inputs(), call->outputs());
    const auto repeat = [&](std::int64_t calls) {
      for (std::int64_t i = 0; i < calls; ++i) entry.code(&frame);
    };
    EntryReport out{.name = entry.name};
    const Rates before = arithmetic();
    out.times = measure(repeat, timing_for(seconds));
    const Rates after = arithmetic();
    out.machine = {.flops_f32 = (before.flops_f32 + after.flops_f32) / 2,
                   .flops_f64 = (before.flops_f64 + after.flops_f64) / 2};
    return out;
  }

 private:
  const ir::Graph& graph_of(const Executable::Entry& entry) const {
    return executable_.plan().program.find_entry(entry.name)->graph;
  }

  Rates arithmetic() const {
    return {.flops_f32 = machine_.flops(ir::DType::f32),
            .flops_f64 = machine_.flops(ir::DType::f64)};
  }

  const Executable& executable_;
  MachineLimits& machine_;
  Instance& instance_;
  std::uint64_t seed_;
};

/// What has to be done, by entry.
bool add_work(BenchReport& report, ir::Program program, MachineLimits& machine,
              ir::Diagnostics& diagnostics) {
  const auto counted = counted_form(std::move(program), diagnostics);
  if (!counted) return false;
  for (EntryReport& entry : report.entries) {
    entry.work = work_of(counted->find_entry(entry.name)->graph);
    entry.machine.bytes = machine.bandwidth(entry.work.bytes);
  }
  return true;
}

}  // namespace

std::optional<BenchReport> bench(const std::string& path, const CompileOptions& compile,
                                 const BenchOptions& options, int thread_count, std::uint64_t seed,
                                 ir::Sources& sources, ir::Diagnostics& diagnostics) {
  BenchReport report{.threads = thread_count};
  const auto model = read_model(path, compile.model, sources, diagnostics, &report.compile);
  if (!model) return std::nullopt;
  report.model = model->program.name;
  const auto executable =
      Executable::compile(model->program, compile, diagnostics, &report.compile);
  if (!executable) return std::nullopt;
  const Entries entries = choose_entries(*executable, options.entries, diagnostics);
  if (diagnostics.has_errors()) return std::nullopt;

  const Threads threads(thread_count);
  auto instance = Instance::create(*executable, threads, diagnostics);
  auto machine = MachineLimits::create(threads, thread_count, diagnostics);
  if (!instance || !machine) return std::nullopt;
  Bench bench(*executable, *machine, *instance, seed);
  for (const Executable::Entry* entry : entries) {
    auto measured = bench.run(*entry, options.seconds, diagnostics);
    if (!measured) return std::nullopt;
    report.entries.push_back(std::move(*measured));
  }
  // Bandwidth is measured last, in memory that is not the model's.
  report.peak_memory = peak_memory();
  if (!add_work(report, model->program, *machine, diagnostics)) return std::nullopt;
  return report;
}

}  // namespace gradc::driver
