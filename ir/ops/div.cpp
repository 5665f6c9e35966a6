#include "ir/ops.h"

namespace gradc::ir {

const Op op_div = {
    .name = "div",
    .doc = "Quotient, elementwise: `a / b`; integers round towards zero.",
    .operands = {"a", "b"},
    .form = Form::elementwise,
    .infer_type = same_type(),
    .gradient = [](Value y, Value dy) -> Gradients {
      const auto [a, b] = y.operands<2>();
      return {dy / b, -dy * y / b};
    },
    .kernel = elementwise([](Scalar a, Scalar b) { return a / b; }),
    .linear_in = {{0}},
    .examples = {{{{{DType::f64, {3, 4}}}, {{DType::f64, {3, 4}}, 0.1, 3}}}},
};

Value div(Value a, Value b) { return append(op::div, {a, b}); }

}  // namespace gradc::ir
