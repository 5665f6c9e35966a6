#include "ir/ops.h"

namespace gradc::ir {

const Op op_log = {
    .name = "log",
    .doc = "Natural logarithm, elementwise.",
    .operands = {"x"},
    .form = Form::elementwise,
    .infer_type = same_type(true),
    .gradient = [](Value y, Value dy) -> Gradients { return {dy / y.operand(0)}; },
    .kernel = elementwise([](Scalar x) { return log(x); }),
    .examples = {{{{{DType::f64, {3, 4}}, 0.1, 3}}}},
};

Value log(Value x) { return append(op::log, {x}); }

}  // namespace gradc::ir
