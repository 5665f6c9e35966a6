#include "ir/ops.h"

namespace gradc::ir {

const Op op_sigmoid = {
    .name = "sigmoid",
    .doc = "Logistic function, elementwise: `1 / (1 + exp(-x))`.",
    .operands = {"x"},
    .form = Form::elementwise,
    .infer_type = same_type(true),
    .gradient = [](Value y, Value dy) -> Gradients { return {dy * y * (1 - y)}; },
    .kernel = elementwise([](Scalar x) { return sigmoid(x); }),
    .examples = {{{{{DType::f64, {3, 4}}}}}},
};

Value sigmoid(Value x) { return append(op::sigmoid, {x}); }

}  // namespace gradc::ir
