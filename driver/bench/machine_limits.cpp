#include "driver/bench/machine_limits.h"

#include <algorithm>
#include <array>
#include <bit>

#include "driver/bench/timing.h"
#include "ir/messages.h"

namespace gradc::driver {

namespace {

/// Long enough for the clock, short enough to be measured before and after everything.
constexpr double seconds_per_run = 2e-3;
constexpr int runs = 5;

/// Smaller sets are in the nearest cache, larger ones in none.
constexpr std::int64_t smallest_set = 16 << 10, largest_set = 256 << 20;

/// Rounded down to four significant bits, so that sizes are few; a smaller set is not slower.
std::int64_t rounded(std::int64_t bytes) {
  const auto size = static_cast<std::uint64_t>(std::clamp(bytes, smallest_set, largest_set));
  const auto dropped = std::bit_width(size) - 4;
  return static_cast<std::int64_t>(size >> dropped << dropped);
}

}  // namespace

std::optional<MachineLimits> MachineLimits::create(const Threads& threads, int count,
                                                   ir::Diagnostics& diagnostics) {
  std::string error;
  auto limits = codegen::compile_limits(codegen::host_target(), error);
  if (!limits) return diagnostics.report({}, ir::Message::code_generation_failed, error);
  return MachineLimits(std::move(*limits), threads, count);
}

MachineLimits::MachineLimits(codegen::Limits limits, const Threads& threads, int count)
    : limits_(std::move(limits)), threads_(&threads), count_(count) {}

double MachineLimits::run(gradc_task task, void* const* buffers, std::int64_t per_thread) const {
  const std::int64_t all = count_ * per_thread;
  if (gradc_pool* pool = threads_->pool())
    return seconds_of([&] { gradc_pool_parallel_for(pool, task, buffers, all, per_thread); });
  return seconds_of([&] { task(buffers, 0, all); });
}

double MachineLimits::flops(ir::DType dtype) const {
  const auto& loop = dtype == ir::DType::f64 ? limits_.f64 : limits_.f32;
  std::array<float, 2> single = {0.5F, 1};
  std::array<double, 2> numbers = {0.5, 1};
  void* buffer = dtype == ir::DType::f64 ? static_cast<void*>(numbers.data()) : single.data();

  std::int64_t turns = 1000;
  while (run(loop.run, &buffer, turns) < seconds_per_run) turns *= 2;
  double best = 0;
  for (int i = 0; i < runs; ++i) {
    const auto flops = static_cast<double>(count_ * turns * loop.flops);
    best = std::max(best, flops / run(loop.run, &buffer, turns));
  }
  return best;
}

Rates MachineLimits::arithmetic() const {
  return {.flops_f32 = flops(ir::DType::f32), .flops_f64 = flops(ir::DType::f64)};
}

double MachineLimits::bandwidth(const Work& work) {
  if (work.bytes == 0) return speed(0).read;
  const auto written = static_cast<double>(work.bytes_written);
  const auto all = static_cast<double>(work.bytes);
  const auto [read, update] = speed(work.bytes);
  // What writing back adds to reading.
  const double seconds_per_written = 1 / update - 1 / read;
  return all / (std::max(all - written, written) / read + written * seconds_per_written);
}

const MachineLimits::Speed& MachineLimits::speed(std::int64_t bytes) {
  const std::int64_t size = rounded(bytes);
  const auto [place, is_new] = speeds_.try_emplace(size);
  if (!is_new) return place->second;

  const std::int64_t turn = limits_.bytes_per_turn;
  const std::int64_t per_thread = (size / count_ + turn - 1) / turn * turn;
  const AlignedBytes memory(count_ * per_thread);
  std::int64_t times = 1;
  void* const buffers[] = {memory.data(), &times};
  const auto rate = [&](gradc_task task) {
    times = 1;
    while (run(task, buffers, per_thread) < seconds_per_run) times *= 2;
    double best = 0;
    for (int i = 0; i < runs; ++i)
      best = std::max(
          best, static_cast<double>(times * count_ * per_thread) / run(task, buffers, per_thread));
    return best;
  };
  const double update = rate(limits_.update);
  return place->second = {.read = std::max(rate(limits_.read), update), .update = update};
}

}  // namespace gradc::driver
