#pragma once
/// What was seen of the flow of gradients while a step trained.
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "frontend/model.h"
#include "ir/tensor.h"

namespace gradc::driver {

using frontend::FlowRow;

/// One call of an entry `STEP.flow`.
struct FlowSample {
  std::int64_t step = 0;  ///< which call of the step it was, from 1
  double loss = 0;
  /// By row. A sequence: the norm of the gradient at every step. A parameter: the norms of its
  /// gradient, of its update, of itself. Else one number.
  std::vector<std::vector<double>> values;
};

/// The samples of one training step. Of very many it keeps every second, every fourth, … and
/// always the latest.
class FlowHistory {
 public:
  FlowHistory(std::string step, std::vector<FlowRow> rows);

  /// The results of the entry.
  void add(std::int64_t step, std::span<const ir::Tensor> results);

  const std::string& step() const { return step_; }
  const std::vector<FlowRow>& rows() const { return rows_; }
  const std::vector<FlowSample>& samples() const { return samples_; }
  /// The share of all samples in which `clip_norm` made the gradients shorter.
  double clip_rate() const;

 private:
  void thin();

  std::string step_;
  std::vector<FlowRow> rows_;
  std::vector<FlowSample> samples_;
  std::int64_t seen_ = 0;
  std::int64_t clipped_ = 0;
  std::int64_t stride_ = 1;  ///< of the samples that are kept
};

/// Of a parameter's values: |update| / |value|. Zero for a parameter that is zero.
double update_ratio(std::span<const double> parameter);

}  // namespace gradc::driver
