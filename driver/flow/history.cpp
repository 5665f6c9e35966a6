#include "driver/flow/history.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace gradc::driver {

namespace {

/// More cannot be told apart in a picture.
constexpr std::size_t most_samples = 512;
static_assert(most_samples % 2 == 0, "thinning keeps the latest sample");

std::vector<double> numbers_of(const ir::Tensor& tensor) {
  std::vector<double> out;
  for (std::int64_t i = 0; i < tensor.size(); ++i) out.push_back(tensor.real(i));
  return out;
}

std::vector<double> roots(std::vector<double> squares) {
  for (double& number : squares) number = std::sqrt(number);
  return squares;
}

std::vector<double> values_of(const FlowRow& row, std::span<const ir::Tensor> results) {
  const auto own = results.subspan(row.first_result);
  switch (row.kind) {
    case FlowRow::Kind::sequence:
      return roots(numbers_of(own[0]));
    case FlowRow::Kind::parameter:
      return roots({own[0].real(0), own[1].real(0), own[2].real(0)});
    default:
      return numbers_of(own[0]);
  }
}

}  // namespace

FlowHistory::FlowHistory(std::string step, std::vector<FlowRow> rows)
    : step_(std::move(step)), rows_(std::move(rows)) {}

void FlowHistory::add(std::int64_t step, std::span<const ir::Tensor> results) {
  FlowSample sample{step, results[0].real(0), {}};
  for (const FlowRow& row : rows_) {
    sample.values.push_back(values_of(row, results));
    if (row.kind == FlowRow::Kind::clip && sample.values.back()[0] < 1) ++clipped_;
  }
  // The latest one stays until the next comes.
  const bool is_kept = seen_ == 0 || (seen_ - 1) % stride_ == 0;
  if (is_kept || samples_.empty())
    samples_.push_back(std::move(sample));
  else
    samples_.back() = std::move(sample);
  ++seen_;
  if (samples_.size() > most_samples) thin();
}

void FlowHistory::thin() {
  std::vector<FlowSample> kept;
  for (std::size_t i = 0; i < samples_.size(); i += 2) kept.push_back(std::move(samples_[i]));
  samples_ = std::move(kept);
  stride_ *= 2;
}

double FlowHistory::clip_rate() const {
  return seen_ == 0 ? 0 : static_cast<double>(clipped_) / static_cast<double>(seen_);
}

double update_ratio(std::span<const double> parameter) {
  return parameter[2] > 0 ? parameter[1] / parameter[2] : 0;
}

}  // namespace gradc::driver
