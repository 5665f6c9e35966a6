#include "ir/ops.h"

namespace gradc::ir {

const Op op_min = {
    .name = "min",
    .doc =
        "The smaller, elementwise: `b < a ? b : a`. Where both are equal each gets half of the "
        "gradient.",
    .operands = {"a", "b"},
    .form = Form::elementwise,
    .infer_type = same_type(),
    .gradient = [](Value y, Value dy) -> Gradients {
      const auto [a, b] = y.operands<2>();
      const Value da = select(lt(a, b), dy, select(lt(b, a), splat(dy, 0), 0.5 * dy));
      return {da, dy - da};
    },
    .kernel = elementwise([](Scalar a, Scalar b) { return min(a, b); }),
    .examples = {{{{{DType::f64, {3, 4}}}, {{DType::f64, {3, 4}}}}}},
};

Value min(Value a, Value b) { return append(op::min, {a, b}); }

}  // namespace gradc::ir
