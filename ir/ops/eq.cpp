#include "ir/ops.h"

namespace gradc::ir {

const Op op_eq = {
    .name = "eq",
    .doc = "Equality, elementwise: `a == b`.",
    .operands = {"a", "b"},
    .form = Form::elementwise,
    .infer_type = comparison(),
    .differentiability = Differentiability::constant,
    .kernel = elementwise([](Scalar a, Scalar b) { return eq(a, b); }),
    .examples = {{{{{DType::f64, {3, 4}}}, {{DType::f64, {3, 4}}}}}},
};

Value eq(Value a, Value b) { return append(op::eq, {a, b}); }

}  // namespace gradc::ir
