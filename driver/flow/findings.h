#pragma once
/// What is wrong with the flow of gradients, in plain words, and what helps.
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "driver/flow/history.h"

namespace gradc::driver {

/// How a gradient changes on its way along a sequence, from the steps that the loss depends on
/// first to those it depends on last.
struct Passage {
  std::size_t from = 0, to = 0;  ///< the first step on the way with a gradient, and the last
  double norm_from = 0, norm_to = 0;
  bool underflows = false;  ///< behind `to` it is too small for its element type: flushed to zero

  double ratio() const { return norm_to / norm_from; }
};
/// Nothing if no gradient reaches two steps, or if it is not finite.
std::optional<Passage> passage_of(const FlowRow& row, std::span<const double> norms);

struct Finding {
  std::size_t row;        ///< of the history
  std::string_view name;  ///< stable: "vanishes"
  std::string text;       ///< what was seen
  std::string_view cure;  ///< what helps
};

/// What the latest sample shows.
std::vector<Finding> findings(const FlowHistory& history);

/// "lstm: sigmoid(f + forget)"
std::string title_of(const FlowRow& row);

}  // namespace gradc::driver
