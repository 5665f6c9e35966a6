#include "ir/ops.h"

namespace gradc::ir {

const Op op_neg = {
    .name = "neg",
    .doc = "Negative, elementwise: `-x`.",
    .operands = {"x"},
    .form = Form::elementwise,
    .infer_type = same_type(),
    .gradient = [](Value, Value dy) -> Gradients { return {-dy}; },
    .kernel = elementwise([](Scalar x) { return -x; }),
    .is_linear = true,
    .signs = {-1},
    .examples = {{{{{DType::f64, {3, 4}}}}}},
};

Value neg(Value x) { return append(op::neg, {x}); }

}  // namespace gradc::ir
