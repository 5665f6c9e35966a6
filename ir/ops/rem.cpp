#include "ir/ops.h"

namespace gradc::ir {

const Op op_rem = {
    .name = "rem",
    .doc = "Remainder, elementwise, with the sign of `b`: `a - b * floor(a / b)`.",
    .operands = {"a", "b"},
    .form = Form::elementwise,
    .infer_type = same_type(),
    .gradient = [](Value y, Value dy) -> Gradients {
      const auto [a, b] = y.operands<2>();
      return {dy, -dy * floor(a / b)};
    },
    .kernel = elementwise([](Scalar a, Scalar b) { return rem(a, b); }),
    .examples = {{{{{DType::f64, {3, 4}}}, {{DType::f64, {3, 4}}, 0.6, 0.9}}}},
};

Value rem(Value a, Value b) { return append(op::rem, {a, b}); }

}  // namespace gradc::ir
