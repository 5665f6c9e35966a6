#include <fmt/format.h>

#include "driver/bench/report.h"
#include "driver/json.h"

namespace gradc::driver {

namespace {

void write_lines(JsonWriter& json, const std::vector<ModelLines>& files) {
  json.begin_array();
  for (const ModelLines& file : files)
    for (const std::uint32_t line : file.lines) json.string(fmt::format("{}:{}", file.file, line));
  json.end_array();
}

void write_kernel(JsonWriter& json, const KernelReport& kernel, double seconds) {
  json.begin_object();
  json.key("kernel").string(kernel.task);
  json.key("calls").number(kernel.calls);
  json.key("us").number(1e6 * kernel.seconds);
  json.key("share").number(kernel.seconds / seconds);
  json.key("flops").integer(kernel.work.flops());
  json.key("bytes").integer(kernel.work.bytes);
  json.key("floor_us").number(1e6 * kernel.floor);
  json.key("ops").begin_array();
  for (const std::string_view op : kernel.ops) json.string(op);
  json.end_array();
  json.key("lines");
  write_lines(json, kernel.lines);
  json.end_object();
}

void write_kernels(JsonWriter& json, const ProfileReport& profile) {
  json.key("watched_us").number(1e6 * profile.seconds);
  json.key("kernels").begin_array();
  for (const KernelReport& kernel : profile.kernels) write_kernel(json, kernel, profile.seconds);
  json.end_array();
}

}  // namespace

std::string bench_json(const BenchReport& report) {
  std::string out;
  for (const EntryReport& entry : report.entries) {
    const ir::DType dtype = entry.work.dtype();
    const double peak = dtype == ir::DType::f64 ? entry.machine.flops_f64 : entry.machine.flops_f32;
    JsonWriter json;
    json.begin_object();
    json.key("model").string(report.model);
    json.key("entry").string(entry.name);
    json.key("us").number(1e6 * entry.times.median);
    json.key("min_us").number(1e6 * entry.times.least);
    json.key("p90_us").number(1e6 * entry.times.p90);
    json.key("processors").number(entry.times.processors);
    json.key("flops").integer(entry.work.flops());
    json.key("gflops").number(1e-9 * entry.flops_per_second());
    json.key("bytes").integer(entry.work.bytes);
    json.key("floor_us").number(1e6 * entry.floor());
    json.key("of_floor").number(entry.of_floor());
    json.key("peak_gflops").number(1e-9 * peak);
    json.key("bandwidth_gbs").number(1e-9 * entry.machine.bytes);
    json.key("threads").integer(report.threads);
    json.key("rss_mb").number(report.peak_memory / (1 << 20));
    json.key("compile_ms").number(1e3 * report.compile.total());
    if (entry.profile) write_kernels(json, *entry.profile);
    json.end_object();
    out += json.text() + '\n';
  }
  return out;
}

}  // namespace gradc::driver
