#pragma once
/// Recurrences: a body graph that is computed once for every step of a sequence.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "ir/attribute.h"
#include "ir/graph.h"

namespace gradc::ir {

/// How the operands of a `scan` meet the inputs of its body. In this order
///   `scanned` of them are sequences: the body sees element t of the first axis at step t;
///   `carried` are start values: the body sees what it returned at the step before;
///   the others the body sees whole.
/// The body returns the `carried` values of the next step, then the outputs of this one. The
/// results of the scan are the last carried values, then each output of all steps along a new first
/// axis.
struct Scan {
  std::int64_t steps = 0;
  std::size_t scanned = 0;
  std::size_t carried = 0;
  bool is_reverse = false;  ///< from the last step to the first
  /// The steps are segments of a longer recurrence. The gradient computes them anew: of a segment
  /// only the carried values at its start are kept in memory. Nothing that a segment computes may
  /// leave the loop, for it would be kept for all segments.
  bool is_segments = false;
};

Scan scan_of(const Attributes& attributes);
Attributes to_attributes(const Scan& scan);

/// The types of the outputs of all steps.
std::vector<Type> stacked_types(const Scan& scan, const Graph& body);

}  // namespace gradc::ir
