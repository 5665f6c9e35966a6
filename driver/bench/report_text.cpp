#include <fmt/format.h>

#include "driver/bench/report.h"
#include "driver/bench/units.h"

namespace gradc::driver {

namespace {

constexpr double least_disturbance = 0.03;

std::string line_of(const EntryReport& entry) {
  const auto bytes = static_cast<double>(entry.work.bytes);
  return fmt::format(
      "{:<16} {:>9} {:>11} {:>9.1f} {:>9} {:>7.1f} {:>9} {:>8.1f} %\n", entry.name,
      time_text(entry.times.median), flop_text(static_cast<double>(entry.work.flops())),
      1e-9 * entry.flops_per_second(), bytes_text(bytes), 1e-9 * bytes / entry.times.median,
      time_text(entry.floor()), 100 * entry.of_floor());
}

/// The other half of a processor that two processes want is missing in all figures.
std::string disturbance_line(const EntryReport& entry, int threads) {
  const double missing = 1 - entry.times.processors;
  if (threads > 1 || missing < least_disturbance) return {};
  return fmt::format("{}: other processes had {:.0f} % of the processor\n", entry.name,
                     100 * missing);
}

std::string limits_line(const EntryReport& entry) {
  const bool is_double = entry.work.dtype() == ir::DType::f64;
  const double flops = is_double ? entry.machine.flops_f64 : entry.machine.flops_f32;
  return fmt::format("{}: the limits were {:.1f} GFLOP/s in {} and {:.1f} GB/s in {} of memory\n",
                     entry.name, 1e-9 * flops, ir::name(entry.work.dtype()),
                     1e-9 * entry.machine.bytes, bytes_text(static_cast<double>(entry.work.bytes)));
}

}  // namespace

std::string bench_text(const BenchReport& report) {
  std::string out =
      fmt::format("{}: compiled in {}, {} of memory at most, {} thread{}\n", report.model,
                  time_text(report.compile.total()), bytes_text(report.peak_memory), report.threads,
                  report.threads == 1 ? "" : "s");
  out += fmt::format("{:<16} {:>9} {:>11} {:>9} {:>9} {:>7} {:>9} {:>10}\n", "entry", "time",
                     "products", "GFLOP/s", "bytes", "GB/s", "floor", "of floor");
  for (const EntryReport& entry : report.entries) out += line_of(entry);
  for (const EntryReport& entry : report.entries) out += limits_line(entry);
  for (const EntryReport& entry : report.entries) out += disturbance_line(entry, report.threads);
  return out;
}

}  // namespace gradc::driver
