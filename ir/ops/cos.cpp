#include "ir/ops.h"

namespace gradc::ir {

const Op op_cos = {
    .name = "cos",
    .doc = "Cosine, elementwise.",
    .operands = {"x"},
    .form = Form::elementwise,
    .infer_type = same_type(true),
    .gradient = [](Value y, Value dy) -> Gradients { return {-dy * sin(y.operand(0))}; },
    .kernel = elementwise([](Scalar x) { return cos(x); }),
    .examples = {{{{{DType::f64, {3, 4}}}}}},
};

Value cos(Value x) { return append(op::cos, {x}); }

}  // namespace gradc::ir
