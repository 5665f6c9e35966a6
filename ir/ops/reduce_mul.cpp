#include "ir/ops.h"

namespace gradc::ir {

namespace {

using Axes = std::vector<std::int64_t>;

/// The product of all the other elements. Dividing by an element of 0 cannot give it: next to one
/// zero it is the product of the rest there and 0 elsewhere, next to several it is 0.
Value product_of_others(Value x, const Axes& axes) {
  const Value zero = splat(x, 0), one = splat(x, 1);
  const Value is_zero = eq(x, zero);
  const Value divisor = select(is_zero, one, x);
  const Value rest = along(reduce_mul(divisor, axes), x, axes);
  const Value zeros = along(sum(cast(is_zero, x.dtype()), axes), x, axes);
  return select(is_zero, select(eq(zeros, one), rest, zero),
                select(eq(zeros, zero), rest / divisor, zero));
}

}  // namespace

const Op op_reduce_mul = {
    .name = "reduce_mul",
    .doc = "Product over `axes`.",
    .operands = {"x"},
    .attributes = {{"axes", AttributeKind::integers}},
    .form = Form::reduction,
    .infer_type = reduced(),
    .gradient = [](Value y, Value dy) -> Gradients {
      const Value x = y.operand(0);
      const auto& axes = y.attribute<Axes>("axes");
      return {along(dy, x, axes) * product_of_others(x, axes)};
    },
    .kernel = reduction(ScalarOp::reduce_mul),
    .examples = {{{{{DType::f64, {3, 4}}}}, {{"axes", Axes{1}}}},
                 {{{{DType::f64, {2, 3, 4}}}}, {{"axes", Axes{0, 2}}}}},
};

Value reduce_mul(Value x, std::vector<std::int64_t> axes) {
  return append(op::reduce_mul, {x}, {{"axes", std::move(axes)}});
}

}  // namespace gradc::ir
