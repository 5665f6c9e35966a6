#include "ir/ops.h"

namespace gradc::ir {

const Op op_pow = {
    .name = "pow",
    .doc = "Power, elementwise: `a ^ b`. The gradient with respect to `b` is 0 where `a <= 0`.",
    .operands = {"a", "b"},
    .form = Form::elementwise,
    .infer_type = same_type(true),
    .gradient = [](Value y, Value dy) -> Gradients {
      const auto [a, b] = y.operands<2>();
      const Value zero = splat(a, 0);
      const Value logarithm = log(select(lt(zero, a), a, splat(a, 1)));
      return {dy * b * pow(a, b - 1), dy * y * logarithm};
    },
    .kernel = elementwise([](Scalar a, Scalar b) { return pow(a, b); }),
    .examples = {{{{{DType::f64, {3, 4}}, 0.1, 3}, {{DType::f64, {3, 4}}}}}},
};

Value pow(Value a, Value b) { return append(op::pow, {a, b}); }

}  // namespace gradc::ir
