#pragma once
/// How steeply an elementwise op rises, found by trying it out.
#include <limits>
#include <span>
#include <vector>

#include "ir/graph.h"

namespace gradc::passes {

/// What is known of a number.
struct Span {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  double at_rest = 0;  ///< where everything but the weights of the model is zero
};

/// What is known of the result, and of its derivatives by each operand.
struct Slopes {
  Span result;
  std::vector<double> most;     ///< the steepest; infinite without a bound
  std::vector<double> at_rest;  ///< their size at rest
};
Slopes slopes_of(const ir::Graph& graph, ir::NodeId node, std::span<const Span> operands);

}  // namespace gradc::passes
