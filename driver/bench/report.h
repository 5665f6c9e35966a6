#pragma once
/// What was measured, for people and for programs.
#include <string>

#include "driver/bench/bench.h"

namespace gradc::driver {

std::string bench_text(const BenchReport& report);

/// Where the time of an entry goes, which was profiled.
std::string kernels_text(const EntryReport& entry);
/// "mlp.grad:7,9"
std::string lines_text(const std::vector<ModelLines>& files);

/// One call of every entry, which were profiled, as chrome://tracing and Perfetto read it.
std::string bench_trace(const BenchReport& report);

/// One object per entry, a line each.
std::string bench_json(const BenchReport& report);

}  // namespace gradc::driver
