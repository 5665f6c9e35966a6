#pragma once
/// Operators on numbers that are known while the graph is built.
#include <span>
#include <string_view>

#include "frontend/elaboration.h"

namespace gradc::frontend {

/// Integers up to this a double holds exactly.
constexpr double largest_integer = 9007199254740992.0;

/// `op` applied to numbers and truth values. Whole numbers stay polynomials over dims where they
/// can.
Value fold(Elaboration&, const ir::Op& op, std::span<const Value> operands, Location location,
           std::string_view symbol, const ir::Attributes& attributes);

}  // namespace gradc::frontend
