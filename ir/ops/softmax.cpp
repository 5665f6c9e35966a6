#include "ir/ops.h"

namespace gradc::ir {

using Axes = std::vector<std::int64_t>;

const Op op_softmax = {
    .name = "softmax",
    .doc =
        "Normalized exponentials over `axes`: `exp(x) / sum(exp(x))`, shifted by the largest for "
        "range.",
    .operands = {"x"},
    .attributes = {{"axes", AttributeKind::integers}},
    .form = Form::along_axes,
    .infer_type = same_type(true),
    // Shorter and more accurate than the gradient of the parts.
    .gradient = [](Value y, Value dy) -> Gradients {
      const auto& axes = y.attribute<Axes>("axes");
      return {y * (dy - along(sum(dy * y, axes), y, axes))};
    },
    .expand =
        [](Value y) {
          const Value x = y.operand(0);
          const auto& axes = y.attribute<Axes>("axes");
          const Value e = exp(x - along(reduce_max(x, axes), x, axes));
          return e / along(sum(e, axes), x, axes);
        },
    .examples = {{{{{DType::f64, {3, 4}}}}, {{"axes", Axes{1}}}},
                 {{{{DType::f64, {3, 4}}}}, {{"axes", Axes{0}}}}},
};

Value softmax(Value x, std::vector<std::int64_t> axes) {
  return append(op::softmax, {x}, {{"axes", std::move(axes)}});
}

}  // namespace gradc::ir
