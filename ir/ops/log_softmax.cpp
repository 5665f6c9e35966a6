#include "ir/ops.h"

namespace gradc::ir {

using Axes = std::vector<std::int64_t>;

const Op op_log_softmax = {
    .name = "log_softmax",
    .doc =
        "Logarithm of the normalized exponentials over `axes`: `x - log(sum(exp(x)))`, shifted by "
        "the "
        "largest for range.",
    .operands = {"x"},
    .attributes = {{"axes", AttributeKind::integers}},
    .form = Form::along_axes,
    .infer_type = same_type(true),
    .gradient = [](Value y, Value dy) -> Gradients {
      const auto& axes = y.attribute<Axes>("axes");
      return {dy - exp(y) * along(sum(dy, axes), y, axes)};
    },
    .expand =
        [](Value y) {
          const Value x = y.operand(0);
          const auto& axes = y.attribute<Axes>("axes");
          const Value shifted = x - along(reduce_max(x, axes), x, axes);
          return shifted - along(log(sum(exp(shifted), axes)), x, axes);
        },
    .examples = {{{{{DType::f64, {3, 4}}}}, {{"axes", Axes{1}}}},
                 {{{{DType::f64, {3, 4}}}}, {{"axes", Axes{0, 1}}}}},
};

Value log_softmax(Value x, std::vector<std::int64_t> axes) {
  return append(op::log_softmax, {x}, {{"axes", std::move(axes)}});
}

}  // namespace gradc::ir
