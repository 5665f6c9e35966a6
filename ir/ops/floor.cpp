#include "ir/ops.h"

namespace gradc::ir {

const Op op_floor = {
    .name = "floor",
    .doc = "The largest integer not above `x`, elementwise; its slope is 0.",
    .operands = {"x"},
    .form = Form::elementwise,
    .infer_type = same_type(true),
    .differentiability = Differentiability::constant,
    .kernel = elementwise([](Scalar x) { return floor(x); }),
    .examples = {{{{{DType::f64, {3, 4}}}}}},
};

Value floor(Value x) { return append(op::floor, {x}); }

}  // namespace gradc::ir
