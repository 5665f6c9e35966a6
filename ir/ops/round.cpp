#include "ir/ops.h"

namespace gradc::ir {

const Op op_round = {
    .name = "round",
    .doc = "The nearest integer, halves to even, elementwise; its slope is 0.",
    .operands = {"x"},
    .form = Form::elementwise,
    .infer_type = same_type(true),
    .differentiability = Differentiability::constant,
    .kernel = elementwise([](Scalar x) { return round(x); }),
    .examples = {{{{{DType::f64, {3, 4}}}}}},
};

Value round(Value x) { return append(op::round, {x}); }

}  // namespace gradc::ir
