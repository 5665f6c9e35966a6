#pragma once
/// Elementwise operators: operands are aligned by the names of their dims.
#include <optional>
#include <span>
#include <string_view>

#include "frontend/ast.h"
#include "frontend/elaboration.h"

namespace gradc::frontend {

/// `op` applied to operands of any kind. Numbers take the type of the tensors they meet; the dims
/// of every tensor must be among those of the largest. `symbol` is what messages call the op.
Value apply_elementwise(Elaboration&, const ir::Op& op, std::span<const Value> operands,
                        Location location, std::string_view symbol,
                        const ir::Attributes& attributes = {});
Value apply_elementwise(Elaboration&, const ir::Op& op, std::initializer_list<Value> operands,
                        Location location);
Value apply_binary(Elaboration&, ast::BinaryOperator op, const Value& left, const Value& right,
                   Location location);

}  // namespace gradc::frontend
