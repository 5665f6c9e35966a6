#include "ir/ops.h"

namespace gradc::ir {

const Op op_max = {
    .name = "max",
    .doc =
        "The larger, elementwise: `b > a ? b : a`. Where both are equal no gradient flows, so relu "
        "has slope 0 at 0.",
    .operands = {"a", "b"},
    .form = Form::elementwise,
    .infer_type = same_type(),
    .gradient = [](Value y, Value dy) -> Gradients {
      const auto [a, b] = y.operands<2>();
      return {select(lt(b, a), dy, splat(dy, 0)), select(lt(a, b), dy, splat(dy, 0))};
    },
    .kernel = elementwise([](Scalar a, Scalar b) { return max(a, b); }),
    .examples = {{{{{DType::f64, {3, 4}}}, {{DType::f64, {3, 4}}}}}},
};

Value max(Value a, Value b) { return append(op::max, {a, b}); }

}  // namespace gradc::ir
