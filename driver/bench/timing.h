#pragma once
/// How long something takes that can be repeated.
#include <cstdint>
#include <functional>
#include <vector>

namespace gradc::driver {

struct TimingOptions {
  double seconds = 2;  ///< to measure for, all in all
  double warm_up_seconds = 0.3;
  std::int64_t warm_up_calls = 5;
  double batch_seconds = 0.05;  ///< a batch is so long, or one call
  std::size_t least_batches = 5;
  double patience = 20;  ///< seconds after which fewer calls will do, to warm up and to measure
};

/// The options for a measurement of so many seconds: a short one has shorter parts.
TimingOptions timing_for(double seconds);

/// Seconds per call, over batches.
struct Times {
  double median = 0;
  double least = 0;
  double p90 = 0;  ///< nine of ten batches were not slower
  std::size_t batches = 0;
  std::int64_t calls_per_batch = 0;
  /// Processor time that this process had in a second, of all its threads. With one thread, what is
  /// missing to 1 others had.
  double processors = 0;
};
/// Of at least one batch, in any order.
Times summarize(std::vector<double> seconds_per_call, std::int64_t calls_per_batch);

/// Warm up, then batches. `repeat(n)` makes n calls: what a loop costs around them is counted, so
/// it is the callee's to keep small.
Times measure(const std::function<void(std::int64_t calls)>& repeat, const TimingOptions& options);

/// Seconds that one call takes.
double seconds_of(const std::function<void()>& call);

}  // namespace gradc::driver
