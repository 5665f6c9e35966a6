// The same elements in the same order under another shape: a view, never a kernel of its own.
#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::ir {

const Op op_reshape = {
    .name = "reshape",
    .doc = "The elements of `x`, in row-major order, under another shape.",
    .operands = {"x"},
    .attributes = {{"shape", AttributeKind::integers}},
    .infer_type = [](const Call& call, Diagnostics& diagnostics) -> std::optional<Type> {
      Type type{call.type(0).dtype, call.attribute<Shape>("shape")};
      if (!is_valid(type) || type.elements() != call.type(0).elements())
        return diagnostics.report(call.location, Message::shape_mismatch, "reshape", type,
                                  call.type(0));
      return type;
    },
    .gradient = [](Value y, Value dy) -> Gradients { return {reshape(dy, y.operand(0).shape())}; },
    .all_steps = [](Value y, std::span<const OfSteps> x) -> Value {
      return reshape(x[0].value, prepended(steps_of(x), y.shape()));
    },
    .is_linear = true,
    .examples = {{{{{DType::f64, {3, 4}}}}, {{"shape", std::vector<std::int64_t>{2, 6}}}}},
};

Value reshape(Value x, Shape shape) {
  return append(op::reshape, {x}, {{"shape", std::move(shape)}});
}

}  // namespace gradc::ir
