#include "ir/ops.h"

namespace gradc::ir {

const Op op_add = {
    .name = "add",
    .doc = "Sum, elementwise: `a + b`.",
    .operands = {"a", "b"},
    .form = Form::elementwise,
    .infer_type = same_type(),
    .gradient = [](Value, Value dy) -> Gradients { return {dy, dy}; },
    .kernel = elementwise([](Scalar a, Scalar b) { return a + b; }),
    .is_linear = true,
    .signs = {1, 1},
    .examples = {{{{{DType::f64, {3, 4}}}, {{DType::f64, {3, 4}}}}}},
};

Value add(Value a, Value b) { return append(op::add, {a, b}); }

}  // namespace gradc::ir
