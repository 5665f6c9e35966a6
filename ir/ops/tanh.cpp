#include "ir/ops.h"

namespace gradc::ir {

const Op op_tanh = {
    .name = "tanh",
    .doc = "Hyperbolic tangent, elementwise.",
    .operands = {"x"},
    .form = Form::elementwise,
    .infer_type = same_type(true),
    .gradient = [](Value y, Value dy) -> Gradients { return {dy * (1 - y * y)}; },
    .kernel = elementwise([](Scalar x) { return tanh(x); }),
    .examples = {{{{{DType::f64, {3, 4}}}}}},
};

Value tanh(Value x) { return append(op::tanh, {x}); }

}  // namespace gradc::ir
