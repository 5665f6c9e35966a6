#pragma once
/// What this machine can do at best, measured in this process: what a step is compared with.
#include <cstdint>
#include <map>
#include <optional>

#include "codegen/limits.h"
#include "driver/bench/work.h"
#include "driver/instance.h"

namespace gradc::driver {

class MachineLimits {
 public:
  /// Of `count` threads, which must outlive it.
  static std::optional<MachineLimits> create(const Threads& threads, int count,
                                             ir::Diagnostics& diagnostics);

  /// Floating-point operations per second right now; the clock drifts.
  double flops(ir::DType dtype) const;

  /// The same for both types; bytes are not asked for.
  Rates arithmetic() const;

  /// Bytes per second, read and written, where they are as many as the work's and the working set
  /// is as large. Its results take the place of what it reads, as far as that goes, and any others
  /// are fetched before they are written.
  double bandwidth(const Work& work);

 private:
  MachineLimits(codegen::Limits limits, const Threads& threads, int count);
  /// Bytes of a working set per second.
  struct Speed {
    double read = 0;
    double update = 0;  ///< read and written
  };
  const Speed& speed(std::int64_t bytes);
  double run(gradc_task task, void* const* buffers, std::int64_t per_thread) const;

  codegen::Limits limits_;
  const Threads* threads_;
  std::int64_t count_;
  std::map<std::int64_t, Speed> speeds_;  ///< by bytes
};

}  // namespace gradc::driver
