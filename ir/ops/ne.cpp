#include "ir/ops.h"

namespace gradc::ir {

const Op op_ne = {
    .name = "ne",
    .doc = "Inequality, elementwise: `a != b`.",
    .operands = {"a", "b"},
    .form = Form::elementwise,
    .infer_type = comparison(),
    .differentiability = Differentiability::constant,
    .kernel = elementwise([](Scalar a, Scalar b) { return ne(a, b); }),
    .examples = {{{{{DType::f64, {3, 4}}}, {{DType::f64, {3, 4}}}}}},
};

Value ne(Value a, Value b) { return append(op::ne, {a, b}); }

}  // namespace gradc::ir
