#include "ir/ops.h"

namespace gradc::ir {

using Axes = std::vector<std::int64_t>;

const Op op_sum = {
    .name = "sum",
    .doc = "Sum over `axes`.",
    .operands = {"x"},
    .attributes = {{"axes", AttributeKind::integers}},
    .form = Form::reduction,
    .infer_type = reduced(),
    .gradient = [](Value y, Value dy) -> Gradients {
      return {along(dy, y.operand(0), y.attribute<Axes>("axes"))};
    },
    .kernel = reduction(ScalarOp::reduce_add),
    .is_linear = true,
    .examples = {{{{{DType::f64, {3, 4}}}}, {{"axes", Axes{1}}}},
                 {{{{DType::f64, {3, 4}}}}, {{"axes", Axes{0}}}},
                 {{{{DType::f64, {2, 3, 4}}}}, {{"axes", Axes{0, 2}}}}},
};

Value sum(Value x, std::vector<std::int64_t> axes) {
  return append(op::sum, {x}, {{"axes", std::move(axes)}});
}

}  // namespace gradc::ir
