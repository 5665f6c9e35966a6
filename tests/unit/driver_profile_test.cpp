// What a program that is watched notes about itself.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <numeric>

#include "driver/bench/kernels.h"
#include "driver/bench/report.h"
#include "driver/perf_map.h"

namespace gradc::driver {
namespace {

constexpr const char* recurrence = R"(
model Sums {
  dim B = 2, T = 40
  input x: f32[B, T]
  param w: f32 ~ ones
  h[-1] = zeros(B)
  seq t in T { h[t] = tanh(w * h[t-1] + x[t]) }
  y = Dense(3)(h)
  export out = sum(y^2)
}
)";

/// A model compiled to be watched, or not, with everything to call an entry.
struct Subject {
  Subject(const char* text, const char* entry_name, bool is_watched,
          std::map<std::string, std::int64_t> dims = {})
      : threads(1) {
    static ir::Sources sources;
    CompileOptions options;
    options.passes.unroll.mode = passes::Unroll::Mode::none;
    options.codegen.profile = is_watched;
    frontend::Options model_options;
    model_options.dims.insert(dims.begin(), dims.end());
    auto model = model_of(sources.add("sums.grad", text), model_options, sources, diagnostics);
    EXPECT_TRUE(model) << ir::render(diagnostics);
    executable = Executable::compile(model->program, options, diagnostics);
    EXPECT_TRUE(executable) << ir::render(diagnostics);
    entry = executable->find_entry(entry_name);
    instance = Instance::create(*executable, threads, diagnostics);
    instance->initialize(1);
    const ir::Entry& program = *executable->plan().program.find_entry(entry_name);
    call = MadeUpCall::create(*entry, program.graph, 1, diagnostics);
  }

  ProfileReport watch() {
    auto limits = MachineLimits::create(threads, 1, diagnostics);
    return profile(*executable, *entry, *call, *instance, 0.01, limits->arithmetic(), *limits);
  }

  float result() {
    instance->call(*entry, call->inputs(), call->outputs());
    return *static_cast<const float*>(call->outputs()[0]);
  }

  ir::Diagnostics diagnostics;
  Threads threads;
  std::optional<Executable> executable;
  const Executable::Entry* entry = nullptr;
  std::optional<Instance> instance;
  std::optional<MadeUpCall> call;
};

const KernelReport* find_op(const ProfileReport& report, std::string_view op) {
  for (const KernelReport& kernel : report.kernels)
    if (std::ranges::count(kernel.ops, op) > 0) return &kernel;
  return nullptr;
}

TEST(Profile, counts_kernels_inside_loops_once_per_step) {
  Subject subject(recurrence, "out", true);
  const ProfileReport report = subject.watch();
  const KernelReport* step = find_op(report, "tanh");
  const KernelReport* product = find_op(report, "contract");
  ASSERT_TRUE(step && product);
  EXPECT_DOUBLE_EQ(step->calls, 40);
  EXPECT_DOUBLE_EQ(product->calls, 1);
}

TEST(Profile, knows_lines_and_work) {
  Subject subject(recurrence, "out", true);
  const ProfileReport report = subject.watch();
  EXPECT_TRUE(std::ranges::count(find_op(report, "tanh")->lines, ModelLines{"sums.grad", {7}}) == 1)
      << lines_text(find_op(report, "tanh")->lines);
  const std::int64_t steps = 2 * 40;
  EXPECT_EQ(find_op(report, "contract")->work.flops_f32, 2 * steps * 1 * 3);
  EXPECT_GT(find_op(report, "contract")->floor, 0);
}

TEST(Profile, kernels_take_no_longer_than_their_entry) {
  Subject subject(recurrence, "out", true);
  const ProfileReport report = subject.watch();
  double sum = 0;
  for (const KernelReport& kernel : report.kernels) {
    EXPECT_GT(kernel.seconds, 0) << kernel.task;
    sum += kernel.seconds;
  }
  EXPECT_LT(sum, 1.01 * report.seconds);
  EXPECT_TRUE(
      std::ranges::is_sorted(report.kernels, std::ranges::greater{}, &KernelReport::seconds));
}

TEST(Profile, traces_one_call) {
  Subject subject(recurrence, "out", true);
  const ProfileReport report = subject.watch();
  std::vector<double> events(report.kernels.size(), 0);
  double end = 0;
  for (const TraceEvent& event : report.trace) {
    ++events[event.kernel];
    EXPECT_LE(end, event.begin);
    EXPECT_LE(event.begin, event.end);
    end = event.end;
  }
  for (std::size_t i = 0; i < events.size(); ++i)
    EXPECT_DOUBLE_EQ(events[i], report.kernels[i].calls) << report.kernels[i].task;
  EXPECT_EQ(report.events_lost, 0);
}

TEST(Profile, says_how_many_events_it_had_no_room_for) {
  const std::int64_t most = codegen::ProfileCode::most_events;
  Subject subject(recurrence, "out", true, {{"T", most + 1000}});
  const ProfileReport report = subject.watch();
  double calls = 0;
  for (const KernelReport& kernel : report.kernels) calls += kernel.calls;
  EXPECT_EQ(static_cast<std::int64_t>(report.trace.size()), most);
  EXPECT_DOUBLE_EQ(static_cast<double>(most + report.events_lost), calls);
}

TEST(Profile, changes_no_result) {
  EXPECT_EQ(Subject(recurrence, "out", true).result(), Subject(recurrence, "out", false).result());
}

TEST(PerfMap, names_functions_where_they_lie) {
  Subject subject(recurrence, "out", false);
  const std::string path = "/tmp/perf-" + std::to_string(getpid()) + ".map";
  remove_perf_map();
  ASSERT_TRUE(append_perf_map(subject.executable->functions(), subject.diagnostics))
      << ir::render(subject.diagnostics);
  std::ifstream file(path);
  std::uint64_t address = 0, bytes = 0;
  std::string name;
  std::map<std::string, std::uint64_t> found;
  while (file >> std::hex >> address >> bytes >> name) {
    EXPECT_GT(bytes, 0U) << name;
    found[name] = address;
  }
  EXPECT_EQ(found["sums_out_frame"], reinterpret_cast<std::uint64_t>(subject.entry->code));
  EXPECT_TRUE(found.contains("sums.kernel0"));
  remove_perf_map();
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace gradc::driver
