#include <numbers>

#include "ir/ops.h"

namespace gradc::ir {

namespace {

/// log(a + sqrt(1 + a^2)) for a = |x|, without cancellation near 0 and without overflow beyond.
Value inverse_of_sinh(Value x) {
  constexpr double large = 0x1p28;  // where 1 + a^2 is a^2
  const Value a = abs(x);
  const Value moderate = log1p(a + a * a / (1 + sqrt(1 + a * a)));
  const Value whole = select(lt(splat(a, large), a), log(a) + std::numbers::ln2, moderate);
  return select(lt(x, splat(x, 0)), -whole, whole);
}

/// sqrt(1 + x^2) without overflow.
Value hypotenuse(Value x) {
  const Value a = abs(x), one = splat(x, 1);
  const Value longer = max(a, one), ratio = min(a, one) / longer;
  return longer * sqrt(1 + ratio * ratio);
}

}  // namespace

const Op op_asinh = {
    .name = "asinh",
    .doc = "Inverse hyperbolic sine, elementwise: `log(x + sqrt(1 + x^2))`, accurate everywhere.",
    .operands = {"x"},
    .form = Form::elementwise,
    .infer_type = same_type(true),
    .gradient = [](Value y, Value dy) -> Gradients { return {dy / hypotenuse(y.operand(0))}; },
    .expand = [](Value y) { return inverse_of_sinh(y.operand(0)); },
    .examples = {{{{{DType::f64, {3, 4}}}}}, {{{{DType::f64, {3, 4}}, -1e9, 1e9}}}},
};

Value asinh(Value x) { return append(op::asinh, {x}); }

}  // namespace gradc::ir
