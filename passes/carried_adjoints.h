#pragma once
/// Through which carried values of a scan gradients flow.
#include <cstddef>
#include <vector>

#include "ir/scan.h"
#include "ir/value.h"

namespace gradc::passes {

/// What a step returns.
std::vector<ir::NodeId> returned_by(const ir::Graph& step);

/// The numbers of the carried values that change with an operand that is `wanted` (by slot), at
/// this step or an earlier one, and with which a result changes that has a gradient (by number), at
/// this step or a later one.
std::vector<std::size_t> carried_with_adjoints(ir::Graph& step, const ir::Scan& scan,
                                               const std::vector<bool>& wanted,
                                               std::vector<bool> has_gradient);

}  // namespace gradc::passes
