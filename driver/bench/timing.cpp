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
  out.patience = std::max(out.patience, seconds);
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

namespace {

void warm_up(const std::function<void(std::int64_t)>& repeat, const TimingOptions& options) {
  const Clock::time_point began = Clock::now();
  const auto is_warm = [&](std::int64_t calls) {
    const double seconds = seconds_since(began);
    return seconds > options.patience ||
           (calls >= options.warm_up_calls && seconds >= options.warm_up_seconds);
  };
  for (std::int64_t calls = 0; !is_warm(calls); ++calls) repeat(1);
}

/// As many as take `seconds`; one, if it takes longer.
std::int64_t calls_in(double seconds, const std::function<void(std::int64_t)>& repeat) {
  // A single call may be shorter than the clock can tell.
  std::int64_t calls = 1;
  double spent = seconds_of([&] { repeat(calls); });
  while (spent < 0.1 * seconds) spent = seconds_of([&] { repeat(calls *= 4); });
  return std::max<std::int64_t>(
      1, static_cast<std::int64_t>(seconds / spent * static_cast<double>(calls)));
}

}  // namespace

Times measure(const std::function<void(std::int64_t)>& repeat, const TimingOptions& options) {
  warm_up(repeat, options);
  const std::int64_t calls = calls_in(options.batch_seconds, repeat);

  std::vector<double> batches;
  const double processor_began = processor_seconds();
  const Clock::time_point began = Clock::now();
  const auto is_done = [&] {
    const double seconds = seconds_since(began);
    return seconds > options.patience ||
           (batches.size() >= options.least_batches && seconds >= options.seconds);
  };
  do {
    batches.push_back(seconds_of([&] { repeat(calls); }) / static_cast<double>(calls));
  } while (!is_done());
  const double processors = (processor_seconds() - processor_began) / seconds_since(began);

  Times out = summarize(std::move(batches), calls);
  out.processors = processors;
  return out;
}

double seconds_of(const std::function<void()>& call) {
  const Clock::time_point began = Clock::now();
  call();
  return seconds_since(began);
}

}  // namespace gradc::driver
