#include "ir/ops.h"

namespace gradc::ir {

const Op op_abs = {
    .name = "abs",
    .doc = "Absolute value, elementwise: `|x|`; its slope at 0 is 0.",
    .operands = {"x"},
    .form = Form::elementwise,
    .infer_type = same_type(),
    .gradient = [](Value y, Value dy) -> Gradients {
      const Value x = y.operand(0);
      const Value zero = splat(x, 0);
      return {select(lt(zero, x), dy, select(lt(x, zero), -dy, zero))};
    },
    .kernel = elementwise([](Scalar x) { return abs(x); }),
    .examples = {{{{{DType::f64, {3, 4}}}}}},
};

Value abs(Value x) { return append(op::abs, {x}); }

}  // namespace gradc::ir
