#pragma once
/// What was measured, for people and for programs.
#include <string>

#include "driver/bench/bench.h"

namespace gradc::driver {

std::string bench_text(const BenchReport& report);

/// One object per entry, a line each.
std::string bench_json(const BenchReport& report);

}  // namespace gradc::driver
