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
  if (out.empty())
    diagnostics.report({}, ir::Message::nothing_to_time, executable.plan().program.name);
  return out;
}

double peak_memory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return 1024.0 * static_cast<double>(usage.ru_maxrss);
}

/// A program in memory, whose entries can be called with made-up inputs.
class Subject {
 public:
  static std::optional<Subject> create(Executable& executable, const Threads& threads,
                                       std::uint64_t seed, ir::Diagnostics& diagnostics) {
    auto instance = Instance::create(executable, threads, diagnostics);
    if (!instance) return std::nullopt;
    return Subject(executable, std::move(*instance), seed);
  }

  std::optional<EntryReport> time(const Executable::Entry& entry, double seconds,
                                  const MachineLimits& limits, ir::Diagnostics& diagnostics) {
    const auto call = prepare(entry, diagnostics);
    if (!call) return std::nullopt;
    const gradc_frame frame = instance_.frame(call->inputs(), call->outputs());
    const auto repeat = [&](std::int64_t calls) {
      for (std::int64_t i = 0; i < calls; ++i) entry.code(&frame);
    };
    EntryReport out{.name = entry.name};
    const Rates before = limits.arithmetic();
    out.times = measure(repeat, timing_for(seconds));
    const Rates after = limits.arithmetic();
    out.machine = {.flops_f32 = (before.flops_f32 + after.flops_f32) / 2,
                   .flops_f64 = (before.flops_f64 + after.flops_f64) / 2};
    return out;
  }

  std::optional<ProfileReport> profile(const std::string& name, double seconds,
                                       const Rates& machine, MachineLimits& limits,
                                       ir::Diagnostics& diagnostics) {
    const Executable::Entry& entry = *executable_->find_entry(name);
    const auto call = prepare(entry, diagnostics);
    if (!call) return std::nullopt;
    return driver::profile(*executable_, entry, *call, instance_, seconds, machine, limits);
  }

 private:
  Subject(Executable& executable, Instance instance, std::uint64_t seed)
      : executable_(&executable), instance_(std::move(instance)), seed_(seed) {}

  /// Every entry meets the parameters as they are at first.
  std::optional<MadeUpCall> prepare(const Executable::Entry& entry, ir::Diagnostics& diagnostics) {
    instance_.initialize(seed_);
    const ir::Entry& program = *executable_->plan().program.find_entry(entry.name);
    return MadeUpCall::create(entry, program.graph, seed_, diagnostics);
  }

  Executable* executable_;
  Instance instance_;
  std::uint64_t seed_;
};

bool time_entries(BenchReport& report, Subject& subject, const Entries& entries, double seconds,
                  const MachineLimits& limits, ir::Diagnostics& diagnostics) {
  for (const Executable::Entry* entry : entries) {
    auto measured = subject.time(*entry, seconds, limits, diagnostics);
    if (!measured) return false;
    report.entries.push_back(std::move(*measured));
  }
  return true;
}

/// What has to be done, by entry.
bool add_work(BenchReport& report, ir::Program program, MachineLimits& limits,
              ir::Diagnostics& diagnostics) {
  const auto counted = counted_form(std::move(program), diagnostics);
  if (!counted) return false;
  for (EntryReport& entry : report.entries) {
    entry.work = work_of(counted->find_entry(entry.name)->graph);
    entry.machine.bytes = limits.bandwidth(entry.work);
  }
  return true;
}

/// Where the time goes, by entry: of the same program, compiled once more to be watched.
bool add_profiles(BenchReport& report, ir::Program program, CompileOptions options, double seconds,
                  const Threads& threads, std::uint64_t seed, MachineLimits& limits,
                  ir::Diagnostics& diagnostics) {
  options.codegen.profile = true;
  options.passes.print_after.clear();
  auto executable = Executable::compile(std::move(program), options, diagnostics);
  if (!executable) return false;
  auto subject = Subject::create(*executable, threads, seed, diagnostics);
  if (!subject) return false;
  for (EntryReport& entry : report.entries) {
    entry.profile = subject->profile(entry.name, seconds, entry.machine, limits, diagnostics);
    if (!entry.profile) return false;
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
  auto executable = Executable::compile(model->program, compile, diagnostics, &report.compile);
  if (!executable) return std::nullopt;
  const Entries entries = choose_entries(*executable, options.entries, diagnostics);
  if (diagnostics.has_errors()) return std::nullopt;

  const Threads threads(thread_count);
  auto subject = Subject::create(*executable, threads, seed, diagnostics);
  auto limits = MachineLimits::create(threads, thread_count, diagnostics);
  if (!subject || !limits) return std::nullopt;
  if (!time_entries(report, *subject, entries, options.seconds, *limits, diagnostics))
    return std::nullopt;
  // What follows takes memory that is not the model's.
  report.peak_memory = peak_memory();
  if (!add_work(report, model->program, *limits, diagnostics)) return std::nullopt;
  if (options.wants_profile() &&
      !add_profiles(report, model->program, compile, 0.25 * options.seconds, threads, seed, *limits,
                    diagnostics))
    return std::nullopt;
  return report;
}

}  // namespace gradc::driver
