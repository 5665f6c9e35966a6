// Numbers known to the compiler: one for all elements (a splat), or one for each.
#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::ir {

const Op op_constant = {
    .name = "constant",
    .doc =
        "Numbers known at compile time: one value for every element, or one for each in row-major "
        "order.",
    .attributes = {{"dtype", AttributeKind::dtype},
                   {"shape", AttributeKind::integers},
                   {"values", AttributeKind::reals}},
    .infer_type = [](const Call& call, Diagnostics& diagnostics) -> std::optional<Type> {
      Type type{call.attribute<DType>("dtype"), call.attribute<Shape>("shape")};
      const auto count = std::ssize(call.attribute<std::vector<double>>("values"));
      if (!is_valid(type))
        return diagnostics.report(call.location, Message::tensor_too_large, type, max_tensor_bytes);
      if (count != 1 && count != type.elements())
        return diagnostics.report(call.location, Message::shape_mismatch, "constant", type,
                                  fmt::format("{} values", count));
      return type;
    },
    .differentiability = Differentiability::constant,
};

Value constant(Graph& graph, Type type, std::vector<double> values) {
  return append(
      graph, op::constant, {},
      {{"dtype", type.dtype}, {"shape", std::move(type.shape)}, {"values", std::move(values)}});
}

}  // namespace gradc::ir
