#pragma once
/// By how much a step of a recurrence stretches a small change of what it carries: in the long run
/// the gradient grows by as much from each step to the one before.
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace gradc::passes {

/// A weight between carried values: its name and the spectral radius it starts with, if known.
struct Weight {
  std::string name;
  std::optional<double> radius;
};

struct StepGain {
  double most = 0;     ///< whatever the values are; infinite where no bound is known
  double at_rest = 0;  ///< where everything but the weights is zero; what is not known is left out
  std::vector<Weight> weights;
  ir::Location location;  ///< of the recurrence's first equation
};

/// The size of the elements of the weight that the scan reads at this operand, and its name.
struct Size {
  std::string name;
  std::optional<double> size;
};
using SizeOf = std::function<std::optional<Size>(std::size_t operand)>;

/// Nothing for a scan that carries nothing through weights, or cuts the gradient on the way.
std::optional<StepGain> step_gain(const ir::Node& scan, const SizeOf& size_of);

}  // namespace gradc::passes
