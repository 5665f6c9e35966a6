#include "ir/ops.h"

namespace gradc::ir {

const Op op_or_ = {
    .name = "or",
    .doc = "Disjunction, elementwise.",
    .operands = {"a", "b"},
    .form = Form::elementwise,
    .infer_type = logical(),
    .differentiability = Differentiability::constant,
    .kernel = elementwise([](Scalar a, Scalar b) { return or_(a, b); }),
    .examples = {{{{{DType::boolean, {3, 4}}, 0, 1}, {{DType::boolean, {3, 4}}, 0, 1}}}},
};

Value or_(Value a, Value b) { return append(op::or_, {a, b}); }

}  // namespace gradc::ir
