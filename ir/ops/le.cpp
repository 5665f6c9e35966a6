#include "ir/ops.h"

namespace gradc::ir {

const Op op_le = {
    .name = "le",
    .doc = "Less than or equal, elementwise: `a <= b`.",
    .operands = {"a", "b"},
    .form = Form::elementwise,
    .infer_type = comparison(),
    .differentiability = Differentiability::constant,
    .kernel = elementwise([](Scalar a, Scalar b) { return le(a, b); }),
    .examples = {{{{{DType::f64, {3, 4}}}, {{DType::f64, {3, 4}}}}}},
};

Value le(Value a, Value b) { return append(op::le, {a, b}); }

}  // namespace gradc::ir
