#include "ir/ops.h"

namespace gradc::ir {

const Op op_mul = {
    .name = "mul",
    .doc = "Product, elementwise: `a * b`.",
    .operands = {"a", "b"},
    .form = Form::elementwise,
    .infer_type = same_type(),
    .gradient = [](Value y, Value dy) -> Gradients {
      const auto [a, b] = y.operands<2>();
      return {dy * b, dy * a};
    },
    .kernel = elementwise([](Scalar a, Scalar b) { return a * b; }),
    .linear_in = {{0}, {1}},
    .examples = {{{{{DType::f64, {3, 4}}}, {{DType::f64, {3, 4}}}}}},
};

Value mul(Value a, Value b) { return append(op::mul, {a, b}); }

}  // namespace gradc::ir
