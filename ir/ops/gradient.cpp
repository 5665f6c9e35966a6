// What the model asks for; the pass `differentiate` replaces it by the computation.
#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::ir {

const Op op_gradient = {
    .name = "gradient",
    .doc =
        "The gradient of the scalar `loss` with respect to `of`: `d loss / d of`, of the type of "
        "`of`.",
    .operands = {"loss", "of"},
    .infer_type = [](const Call& call, Diagnostics& diagnostics) -> std::optional<Type> {
      if (!call.type(0).is_scalar() || !is_float(call.type(0).dtype))
        return diagnostics.report(call.location, Message::loss_not_scalar, call.type(0));
      if (!is_float(call.type(1).dtype))
        return diagnostics.report(call.location, Message::operand_dtype, "gradient", call.type(1),
                                  "f32 or f64");
      return call.type(1);
    },
    .differentiability = Differentiability::impossible,
};

Value gradient(Value loss, Value of) { return append(op::gradient, {loss, of}); }

}  // namespace gradc::ir
