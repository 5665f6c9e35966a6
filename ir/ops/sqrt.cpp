#include "ir/ops.h"

namespace gradc::ir {

const Op op_sqrt = {
    .name = "sqrt",
    .doc = "Square root, elementwise.",
    .operands = {"x"},
    .form = Form::elementwise,
    .infer_type = same_type(true),
    .gradient = [](Value y, Value dy) -> Gradients { return {0.5 * dy / y}; },
    .kernel = elementwise([](Scalar x) { return sqrt(x); }),
    .examples = {{{{{DType::f64, {3, 4}}, 0.1, 3}}}},
};

Value sqrt(Value x) { return append(op::sqrt, {x}); }

}  // namespace gradc::ir
