#include "driver/bench/report.h"
#include "driver/json.h"

namespace gradc::driver {

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
    json.end_object();
    out += json.text() + '\n';
  }
  return out;
}

}  // namespace gradc::driver
