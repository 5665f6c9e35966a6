#include "ir/ops.h"

namespace gradc::ir {

namespace {

/// exp(x) - 1; near 0, where that cancels, x + x^2 times a polynomial, good to 1e-18 of x.
Scalar exp_minus_one(Scalar x) {
  constexpr double coefficients[] = {
      1.61164965143715465e-10, 2.09629558159760757e-9, 2.50519467097216211e-8,
      2.75570766366427235e-7,  2.75573194336202428e-6, 0.0000248015876161454127,
      0.000198412698411469919, 0.0013888888888704549,  0.00833333333333335966,
      0.0416666666666670617,   0.166666666666666667,   0.5,
  };
  Scalar series = x.builder->constant(x.dtype(), 0);
  for (const double coefficient : coefficients) series = series * x + coefficient;
  const Scalar half = x.builder->constant(x.dtype(), 0.5);
  return select(lt(abs(x), half), x * x * series + x, exp(x) - 1);
}

}  // namespace

const Op op_expm1 = {
    .name = "expm1",
    .doc = "e to the power of x, minus 1, elementwise, accurate near 0.",
    .operands = {"x"},
    .form = Form::elementwise,
    .infer_type = same_type(true),
    .gradient = [](Value y, Value dy) -> Gradients { return {dy * exp(y.operand(0))}; },
    .kernel = elementwise(exp_minus_one),
    .examples = {{{{{DType::f64, {3, 4}}}}}},
};

Value expm1(Value x) { return append(op::expm1, {x}); }

}  // namespace gradc::ir
