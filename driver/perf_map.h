#pragma once
/// Names of compiled functions for Linux perf.
#include <span>

#include "codegen/native_code.h"
#include "ir/diagnostics.h"

namespace gradc::driver {

/// Add functions of this process to /tmp/perf-PID.map, where `perf report` looks for code that is
/// in no file.
bool append_perf_map(std::span<const codegen::NativeFunction> functions,
                     ir::Diagnostics& diagnostics);

/// Remove what an earlier process of the same number may have left there.
void remove_perf_map();

}  // namespace gradc::driver
