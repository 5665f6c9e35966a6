#include "ir/ops.h"

namespace gradc::ir {

const Op op_not_ = {
    .name = "not",
    .doc = "Negation, elementwise.",
    .operands = {"x"},
    .form = Form::elementwise,
    .infer_type = logical(),
    .differentiability = Differentiability::constant,
    .kernel = elementwise([](Scalar x) { return not_(x); }),
    .examples = {{{{{DType::boolean, {3, 4}}, 0, 1}}}},
};

Value not_(Value x) { return append(op::not_, {x}); }

}  // namespace gradc::ir
