#include "driver/compiler.h"

#include <algorithm>
#include <chrono>

#include "driver/data/files.h"
#include "driver/perf_map.h"
#include "frontend/parser.h"
#include "ir/messages.h"
#include "ir/ops.h"
#include "passes/memory_limit.h"

namespace gradc::driver {

namespace {

/// Adds the time until it is destroyed to a total.
class Stopwatch {
 public:
  explicit Stopwatch(double* total) : total_(total) {}
  ~Stopwatch() {
    if (total_) *total_ += std::chrono::duration<double>(Clock::now() - began_).count();
  }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  using Clock = std::chrono::steady_clock;
  double* total_;
  Clock::time_point began_ = Clock::now();
};

/// More than this is not a model.
constexpr std::int64_t max_model_bytes = std::int64_t{64} << 20;

}  // namespace

std::optional<std::string> read_source(const std::string& path, ir::Location location,
                                       ir::Diagnostics& diagnostics) {
  const std::string file = path == "-" ? "/dev/stdin" : path;
  const auto bytes = read_file(file, location, diagnostics, max_model_bytes);
  if (!bytes) return std::nullopt;
  return std::string(text_of(*bytes));
}

std::optional<frontend::Model> read_model(const std::string& path, const frontend::Options& options,
                                          ir::Sources& sources, ir::Diagnostics& diagnostics,
                                          CompileTimes* times) {
  const Stopwatch stopwatch(times ? &times->elaborate : nullptr);
  auto text = read_source(path, {}, diagnostics);
  if (!text) return std::nullopt;
  return model_of(sources.add(path, std::move(*text)), options, sources, diagnostics);
}

std::optional<frontend::Model> model_of(const ir::Source& source, frontend::Options options,
                                        ir::Sources& sources, ir::Diagnostics& diagnostics) {
  options.read_text = read_source;
  const frontend::ast::File file = frontend::parse(source, diagnostics);
  auto model = frontend::elaborate(file, options, sources, diagnostics);
  if (diagnostics.has_errors()) return std::nullopt;
  return model;
}

std::optional<passes::Plan> plan_program(ir::Program program, const CompileOptions& options,
                                         ir::Diagnostics& diagnostics, CompileTimes* times) {
  const Stopwatch stopwatch(times ? &times->passes : nullptr);
  std::optional<passes::Options> passes = options.passes;
  if (options.max_memory)
    passes = passes::fitting(program, options.passes, *options.max_memory, diagnostics);
  if (!passes) return std::nullopt;
  auto kernels =
      passes::run(std::move(program), *passes, diagnostics, times ? &times->by_pass : nullptr);
  if (!kernels) return std::nullopt;
  double seconds = 0;
  std::optional<passes::Plan> plan;
  {
    const Stopwatch of_plan(&seconds);
    plan = passes::plan(std::move(*kernels));
  }
  if (times) times->by_pass.push_back({"order and memory", seconds});
  return plan;
}

std::optional<Executable> Executable::compile(ir::Program program, const CompileOptions& options,
                                              ir::Diagnostics& diagnostics, CompileTimes* times) {
  auto plan = plan_program(std::move(program), options, diagnostics, times);
  if (!plan) return std::nullopt;
  const Stopwatch stopwatch(times ? &times->codegen : nullptr);
  std::string error;
  auto jit = codegen::Jit::create(*plan, codegen::host_target(), options.codegen, error);
  if (!jit) return diagnostics.report({}, ir::Message::code_generation_failed, error);
  if (options.perf_map && !append_perf_map(jit->functions(), diagnostics)) return std::nullopt;
  return Executable(std::move(*plan), std::move(*jit));
}

Executable::Executable(passes::Plan plan, codegen::Jit jit)
    : plan_(std::move(plan)), jit_(std::move(jit)) {
  for (std::size_t i = 0; i < plan_.program.entries.size(); ++i) {
    const ir::Entry& entry = plan_.program.entries[i];
    entries_.push_back({entry.name, input_ports(entry.graph), output_ports(entry.graph),
                        jit_.entry(i), jit_.arena_bytes(i)});
  }
}

const Executable::Entry* Executable::find_entry(std::string_view name) const {
  const auto found = std::ranges::find(entries_, name, &Entry::name);
  return found == entries_.end() ? nullptr : &*found;
}

std::vector<Port> input_ports(const ir::Graph& graph) {
  std::vector<Port> out;
  for (const ir::NodeId n : ir::inputs(graph))
    if (ir::storage_of(graph, n) == ir::StorageClass::input)
      out.push_back({graph[n].name, graph[n].type});
  return out;
}

std::vector<Port> output_ports(const ir::Graph& graph) {
  std::vector<Port> out;
  const std::vector<ir::ResultName> names = ir::result_names(graph);
  for (std::size_t i = 0; i < names.size(); ++i)
    if (!names[i].commits)
      out.push_back({names[i].name, graph[graph.operand(ir::return_node(graph), i)].type});
  return out;
}

}  // namespace gradc::driver
