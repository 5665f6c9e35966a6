#include <numbers>

#include "ir/ops.h"

namespace gradc::ir {

const Op op_erf = {
    .name = "erf",
    .doc =
        "Error function, elementwise: `2 / sqrt(pi)` times the integral of `exp(-t^2)` from 0 to "
        "x.",
    .operands = {"x"},
    .form = Form::elementwise,
    .infer_type = same_type(true),
    .gradient = [](Value y, Value dy) -> Gradients {
      const Value x = y.operand(0);
      return {std::numbers::inv_sqrtpi * 2 * dy * exp(-x * x)};
    },
    .kernel = elementwise([](Scalar x) { return erf(x); }),
    .examples = {{{{{DType::f64, {3, 4}}}}}},
};

Value erf(Value x) { return append(op::erf, {x}); }

}  // namespace gradc::ir
