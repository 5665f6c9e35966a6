#include "ir/ops.h"

namespace gradc::ir {

const Op op_exp = {
    .name = "exp",
    .doc = "Exponential, elementwise: `e ^ x`.",
    .operands = {"x"},
    .form = Form::elementwise,
    .infer_type = same_type(true),
    .gradient = [](Value y, Value dy) -> Gradients { return {dy * y}; },
    .kernel = elementwise([](Scalar x) { return exp(x); }),
    .examples = {{{{{DType::f64, {3, 4}}}}}},
};

Value exp(Value x) { return append(op::exp, {x}); }

}  // namespace gradc::ir
