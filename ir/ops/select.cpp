#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::ir {

const Op op_select = {
    .name = "select",
    .doc = "Choice, elementwise: `a` where the condition holds, else `b`.",
    .operands = {"condition", "a", "b"},
    .form = Form::elementwise,
    .infer_type = [](const Call& call, Diagnostics& diagnostics) -> std::optional<Type> {
      if (call.type(0).dtype != DType::boolean)
        return diagnostics.report(call.location, Message::operand_dtype, "select", call.type(0),
                                  "bool");
      if (call.type(1) != call.type(2) || call.type(0).shape != call.type(1).shape)
        return diagnostics.report(call.location, Message::operand_types_differ, "select",
                                  call.type(1), call.type(2));
      return call.type(1);
    },
    .gradient = [](Value y, Value dy) -> Gradients {
      const Value condition = y.operand(0);
      const Value zero = splat(dy, 0);
      return {Value{}, select(condition, dy, zero), select(condition, zero, dy)};
    },
    .kernel =
        elementwise([](Scalar condition, Scalar a, Scalar b) { return select(condition, a, b); }),
    .linear_in = {{1, 2}},
    .examples =
        {{{{{DType::boolean, {3, 4}}, 0, 1}, {{DType::f64, {3, 4}}}, {{DType::f64, {3, 4}}}}}},
};

Value select(Value condition, Value a, Value b) { return append(op::select, {condition, a, b}); }

}  // namespace gradc::ir
