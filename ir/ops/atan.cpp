#include <numbers>

#include "ir/ops.h"

namespace gradc::ir {

namespace {

/// atan(t) for |t| up to tan(pi / 8): t + t^3 times a polynomial in t^2, good to 1e-17 of t.
Scalar near_zero(Scalar t) {
  constexpr double coefficients[] = {
      -0.019176887119062259, 0.0392316582955871913, -0.0508544973794025986, 0.0585814891280220988,
      -0.06664511447381948,  0.0769218319082608656, -0.0909090457812390189, 0.111111110152563617,
      -0.142857142846665429, 0.199999999999955207,  -0.333333333333333302,
  };
  const Scalar z = t * t;
  Scalar series = t.builder->constant(t.dtype(), 0);
  for (const double coefficient : coefficients) series = series * z + coefficient;
  return t * z * series + t;
}

/// atan(1 / t) = pi/2 - atan(t), and atan(t) = pi/4 + atan((t - 1) / (t + 1)).
Scalar arc_tangent(Scalar x) {
  constexpr double tangent_of_eighth = 0.41421356237309503;
  constexpr double pi = std::numbers::pi;
  const auto number = [&](double value) { return x.builder->constant(x.dtype(), value); };
  const Scalar size = abs(x);
  const Scalar is_large = lt(number(1), size);
  const Scalar t = select(is_large, 1 / size, size);
  const Scalar is_middling = lt(number(tangent_of_eighth), t);
  const Scalar rest = near_zero(select(is_middling, (t - 1) / (t + 1), t));
  const Scalar angle = select(is_middling, rest + pi / 4, rest);
  const Scalar whole = select(is_large, pi / 2 - angle, angle);
  return select(lt(x, number(0)), -whole, whole);
}

}  // namespace

const Op op_atan = {
    .name = "atan",
    .doc = "Arc tangent, elementwise: the angle between -pi/2 and pi/2 whose tangent is x.",
    .operands = {"x"},
    .form = Form::elementwise,
    .infer_type = same_type(true),
    .gradient = [](Value y, Value dy) -> Gradients {
      const Value x = y.operand(0);
      return {dy / (1 + x * x)};
    },
    .kernel = elementwise(arc_tangent),
    .examples = {{{{{DType::f64, {3, 4}}}}}, {{{{DType::f64, {3, 4}}, -20, 20}}}},
};

Value atan(Value x) { return append(op::atan, {x}); }

}  // namespace gradc::ir
