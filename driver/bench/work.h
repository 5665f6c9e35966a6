#pragma once
/// What an entry has to do, however well it is compiled, and how long that takes at least.
#include <cstdint>
#include <optional>

#include "ir/diagnostics.h"
#include "ir/kernel.h"
#include "ir/program.h"

namespace gradc::driver {

struct Work {
  /// Of products and convolutions: a multiplication and an addition are 2. What else is computed
  /// does not count.
  std::int64_t flops_f32 = 0, flops_f64 = 0;
  /// Inputs, parameters and states, each read once, as far as anybody looks at them; results and
  /// what they become, each written once. Not what is computed in between.
  std::int64_t bytes = 0;
  std::int64_t bytes_written = 0;  ///< of these

  std::int64_t flops() const { return flops_f32 + flops_f64; }
  /// As much as `part` so many times.
  void add(const Work& part, std::int64_t times = 1);
  /// That of most operations.
  ir::DType dtype() const { return flops_f64 > flops_f32 ? ir::DType::f64 : ir::DType::f32; }
};

/// The program in the form whose work is counted: with its gradients, without what nobody needs,
/// every product in the model's own shape. How it is compiled later does not matter: steps that
/// are computed anew, padding, and what is written out cost time, but did not have to be done.
std::optional<ir::Program> counted_form(ir::Program program, ir::Diagnostics& diagnostics);

/// Of an entry in that form.
Work work_of(const ir::Graph& entry);

/// Of an operand of a kernel: all of it, or as much as the kernel looks at if that is less, as with
/// the few rows that are chosen from a large table.
std::int64_t bytes_read(const ir::Kernel& kernel, std::size_t operand);

/// The operations of a graph; loops count with all their steps.
Work arithmetic_of(const ir::Graph& graph);

/// What a machine does in a second.
struct Rates {
  double flops_f32 = 0, flops_f64 = 0, bytes = 0;
};
/// The least time for it, in seconds: its operations at full speed, then its bytes.
double floor_of(const Work& work, const Rates& rates);

}  // namespace gradc::driver
