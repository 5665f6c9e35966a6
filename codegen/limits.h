#pragma once
/// Loops that do one thing as fast as the machine can, to measure its limits by.
#include <cstdint>
#include <optional>
#include <string>

#include "codegen/native_code.h"
#include "codegen/target.h"
#include "runtime/runtime.h"

namespace gradc::codegen {

/// Tasks as a pool runs them; any number of threads may share one.
struct Limits {
  /// Multiply and add in registers, `flops` operations in each iteration of [begin, end).
  /// buffers[0]: the numbers a and b of x = a x + b.
  struct Arithmetic {
    gradc_task run;
    std::int64_t flops;
  };
  Arithmetic f32, f64;

  /// Walk through the bytes [begin, end) of buffers[0] as often as the int64_t in buffers[1] says.
  /// Both bounds are multiples of `bytes_per_turn`.
  gradc_task read, update;
  std::int64_t bytes_per_turn;

  NativeCode code;  ///< in which all of them lie
};

/// Nothing and a reason if LLVM refuses.
std::optional<Limits> compile_limits(const Target& target, std::string& error);

}  // namespace gradc::codegen
