#include "ir/ops.h"

namespace gradc::ir {

using Axes = std::vector<std::int64_t>;

const Op op_argmax = {
    .name = "argmax",
    .doc = "The number of the first largest element over `axes`, in row-major order, as i32.",
    .operands = {"x"},
    .attributes = {{"axes", AttributeKind::integers}},
    .form = Form::reduction,
    .infer_type = reduced(DType::i32),
    .differentiability = Differentiability::constant,
    .kernel = reduction(ScalarOp::reduce_argmax),
    .examples = {{{{{DType::f64, {3, 4}}}}, {{"axes", Axes{1}}}},
                 {{{{DType::f64, {3, 4}}}}, {{"axes", Axes{0}}}}},
};

Value argmax(Value x, std::vector<std::int64_t> axes) {
  return append(op::argmax, {x}, {{"axes", std::move(axes)}});
}

}  // namespace gradc::ir
