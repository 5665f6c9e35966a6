#include "ir/ops.h"

namespace gradc::ir {

using Axes = std::vector<std::int64_t>;

const Op op_reduce_min = {
    .name = "reduce_min",
    .doc = "The smallest element over `axes`. Equal smallest elements share the gradient evenly.",
    .operands = {"x"},
    .attributes = {{"axes", AttributeKind::integers}},
    .form = Form::reduction,
    .infer_type = reduced(),
    .gradient = [](Value y, Value dy) -> Gradients {
      const Value x = y.operand(0);
      const auto& axes = y.attribute<Axes>("axes");
      const Value chosen = cast(eq(x, along(y, x, axes)), x.dtype());
      return {chosen * along(dy / sum(chosen, axes), x, axes)};
    },
    .kernel = reduction(ScalarOp::reduce_min),
    .examples = {{{{{DType::f64, {3, 4}}}}, {{"axes", Axes{1}}}},
                 {{{{DType::f64, {3, 4}}}}, {{"axes", Axes{0, 1}}}}},
};

Value reduce_min(Value x, std::vector<std::int64_t> axes) {
  return append(op::reduce_min, {x}, {{"axes", std::move(axes)}});
}

}  // namespace gradc::ir
