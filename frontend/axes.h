#pragma once
/// What names axes: reductions, products, views.
#include <optional>
#include <span>
#include <vector>

#include "frontend/elaboration.h"

namespace gradc::frontend {

/// `op(x over dims)`: all axes if there are no dims and the op reduces, the last one if it works
/// along axes.
Value apply_over(Elaboration&, const ir::Op& op, const Value& x, const std::optional<DimList>& over,
                 Location location);

/// `a @ b`: the last axis of a meets the first of b.
Value matrix_product(Elaboration&, const Value& a, const Value& b, Location location);

/// `dot(a, b over K)`: products summed over K; the other dims that a and b share are aligned.
Value dot(Elaboration&, const Value& a, const Value& b, const DimList& over, Location location);

/// One number: the squares of all elements, added up.
Tensor sum_of_squares(const Tensor& x);

/// `x as [dims]`: the same elements in the same order under other names.
Value view(Elaboration&, const Value& x, const DimList& dims, Location location);

/// `x[3 over T]`: one place along an axis, which is dropped.
Value place(Elaboration&, const Tensor& x, std::size_t axis, const Dim& at, Location location);

/// Where the dims are among the axes of x; reports one that is not there or is there twice.
std::optional<std::vector<std::int64_t>> axes_of(Elaboration&, const Tensor& x,
                                                 std::span<const Dim> dims, Location location);

}  // namespace gradc::frontend
