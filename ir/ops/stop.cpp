#include "ir/ops.h"

namespace gradc::ir {

const Op op_stop = {
    .name = "stop",
    .doc = "`x` itself, but no gradient flows back through it.",
    .operands = {"x"},
    .form = Form::elementwise,
    .infer_type = [](const Call& call, Diagnostics&) -> std::optional<Type> {
      return call.type(0);
    },
    .differentiability = Differentiability::constant,
    .kernel = elementwise([](Scalar x) { return x; }),
    .examples = {{{{{DType::f64, {3, 4}}}}}},
};

Value stop(Value x) { return append(op::stop, {x}); }

}  // namespace gradc::ir
