#include "ir/ops.h"

namespace gradc::ir {

const Op op_lt = {
    .name = "lt",
    .doc = "Less than, elementwise: `a < b`.",
    .operands = {"a", "b"},
    .form = Form::elementwise,
    .infer_type = comparison(),
    .differentiability = Differentiability::constant,
    .kernel = elementwise([](Scalar a, Scalar b) { return lt(a, b); }),
    .examples = {{{{{DType::f64, {3, 4}}}, {{DType::f64, {3, 4}}}}}},
};

Value lt(Value a, Value b) { return append(op::lt, {a, b}); }

}  // namespace gradc::ir
