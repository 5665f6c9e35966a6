#pragma once
/// A scan of scans: its steps in segments of several steps each.
#include <functional>
#include <vector>

#include "ir/scan.h"
#include "ir/value.h"

namespace gradc::passes {

/// A scan as it could be appended to a graph: its operands lie there already.
struct Recurrence {
  ir::Scan scan;
  const ir::Graph& body;
  std::vector<ir::Value> operands;
};

/// The recurrence that `node` is, on other operands.
Recurrence recurrence_of(const ir::Node& node, std::vector<ir::Value> operands);

/// Appends the recurrence in some form. Returns its results.
using Form = std::function<std::vector<ir::Value>(ir::Graph& graph, const Recurrence& recurrence)>;

/// As a scan.
std::vector<ir::Value> as_scan(ir::Graph& graph, const Recurrence& recurrence);

/// Scanned operands [steps, …] are viewed as [steps / size, size, …]; each step of the outer scan
/// is a recurrence of `size` steps in this form. So is the rest where `size` does not divide the
/// steps. There must be more than `size` of them. `is_segments` of the recurrence is that of the
/// outer scan.
std::vector<ir::Value> in_segments(ir::Graph& graph, const Recurrence& recurrence,
                                   std::int64_t size, const Form& form);

}  // namespace gradc::passes
