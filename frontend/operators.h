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
                        Location location, std::string_view symbol, ir::Attributes attributes = {});
Value apply_elementwise(Elaboration&, const ir::Op& op, std::initializer_list<Value> operands,
                        Location location);
Value apply_binary(Elaboration&, ast::BinaryOperator op, const Value& left, const Value& right,
                   Location location);

/// The value as a tensor of this type: numbers fill it, smaller tensors are repeated along the dims
/// they lack. Reports what does not fit, as `what`: "the result".
std::optional<Tensor> coerce(Elaboration&, const Value& value, ir::DType dtype, const DimList& dims,
                             Location location, std::string_view what);

/// A tensor with dims of its own: numbers become scalars, lists get anonymous dims.
std::optional<Tensor> to_tensor(Elaboration&, const Value& value, Location location);
/// The same, but never weak and never bool if `must_be_real`.
std::optional<Tensor> to_strong_tensor(Elaboration&, const Value& value, Location location);

/// A tensor of one number.
Tensor filled(Elaboration&, ir::DType dtype, const DimList& dims, double number);
Tensor cast(Elaboration&, const Tensor& tensor, ir::DType dtype);

/// `x` along `dims`, which hold all of its dims, none of them twice: transposed and repeated.
Tensor aligned(Elaboration&, const Tensor& x, const DimList& dims);

}  // namespace gradc::frontend
