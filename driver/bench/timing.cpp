#include "driver/bench/timing.h"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <ctime>

namespace gradc::driver {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point began) {
  return std::chrono::duration<double>(Clock::now() - began).count();
}

double processor_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

}  // namespace

TimingOptions timing_for(double seconds) {
  TimingOptions out{.seconds = seconds};
  out.warm_up_seconds = std::min(out.warm_up_seconds, 0.15 * seconds);
  out.batch_seconds = std::min(out.batch_seconds, 0.025 * seconds);
  return out;
}

Times summarize(std::vector<double> seconds, std::int64_t calls_per_batch) {
  assert(!seconds.empty() && "there was a batch");
  std::ranges::sort(seconds);
  return {.median = seconds[seconds.size() / 2],
          .least = seconds.front(),
          .p90 = seconds[seconds.size() * 9 / 10],
          .batches = seconds.size(),
          .calls_per_batch = calls_per_batch};
}

Times measure(const std::function<void(std::int64_t)>& repeat, const TimingOptions& options) {
  const Clock::time_point warm_up = Clock::now();
  for (std::int64_t calls = 0;
       calls < options.warm_up_calls || seconds_since(warm_up) < options.warm_up_seconds; ++calls)
    repeat(1);

  // A single call may be shorter than the clock can tell.
  std::int64_t calls = 1;
  double batch = seconds_of([&] { repeat(calls); });
  while (batch < 0.1 * options.batch_seconds) batch = seconds_of([&] { repeat(calls *= 4); });
  const double calls_in_batch = options.batch_seconds / batch * static_cast<double>(calls);
  calls = std::max<std::int64_t>(1, static_cast<std::int64_t>(calls_in_batch));

  std::vector<double> seconds;
  const double processor_began = processor_seconds();
  const Clock::time_point began = Clock::now();
  while (seconds.size() < options.least_batches || seconds_since(began) < options.seconds)
    seconds.push_back(seconds_of([&] { repeat(calls); }) / static_cast<double>(calls));
  const double processors = (processor_seconds() - processor_began) / seconds_since(began);
  Times out = summarize(std::move(seconds), calls);
  out.processors = processors;
  return out;
}

double seconds_of(const std::function<void()>& call) {
  const Clock::time_point began = Clock::now();
  call();
  return seconds_since(began);
}

}  // namespace gradc::driver
