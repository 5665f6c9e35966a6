#include "ir/ops.h"

namespace gradc::ir {

const Op op_max = {
    .name = "max",
    .doc =
        "The larger, elementwise: `b > a ? b : a`. Where both are equal each gets half of the "
        "gradient.",
    .operands = {"a", "b"},
    .form = Form::elementwise,
    .infer_type = same_type(),
    .gradient = [](Value y, Value dy) -> Gradients {
      const auto [a, b] = y.operands<2>();
      const Value da = select(lt(b, a), dy, select(lt(a, b), splat(dy, 0), 0.5 * dy));
      return {da, dy - da};
    },
    .kernel = elementwise([](Scalar a, Scalar b) { return max(a, b); }),
    .examples = {{{{{DType::f64, {3, 4}}}, {{DType::f64, {3, 4}}}}}},
};

Value max(Value a, Value b) { return append(op::max, {a, b}); }

}  // namespace gradc::ir
