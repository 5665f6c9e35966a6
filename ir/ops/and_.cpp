#include "ir/ops.h"

namespace gradc::ir {

const Op op_and_ = {
    .name = "and",
    .doc = "Conjunction, elementwise.",
    .operands = {"a", "b"},
    .form = Form::elementwise,
    .infer_type = logical(),
    .differentiability = Differentiability::constant,
    .kernel = elementwise([](Scalar a, Scalar b) { return and_(a, b); }),
    .examples = {{{{{DType::boolean, {3, 4}}, 0, 1}, {{DType::boolean, {3, 4}}, 0, 1}}}},
};

Value and_(Value a, Value b) { return append(op::and_, {a, b}); }

}  // namespace gradc::ir
