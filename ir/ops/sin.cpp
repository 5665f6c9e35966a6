#include "ir/ops.h"

namespace gradc::ir {

const Op op_sin = {
    .name = "sin",
    .doc = "Sine, elementwise.",
    .operands = {"x"},
    .form = Form::elementwise,
    .infer_type = same_type(true),
    .gradient = [](Value y, Value dy) -> Gradients { return {dy * cos(y.operand(0))}; },
    .kernel = elementwise([](Scalar x) { return sin(x); }),
    .examples = {{{{{DType::f64, {3, 4}}}}}},
};

Value sin(Value x) { return append(op::sin, {x}); }

}  // namespace gradc::ir
