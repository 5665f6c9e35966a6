#include "ir/ops.h"

namespace gradc::ir {

const Op op_cast = {
    .name = "cast",
    .doc =
        "`x` converted to `dtype`: reals to integers truncate and saturate (NaN gives 0), to bool "
        "is `x != 0`.",
    .operands = {"x"},
    .attributes = {{"dtype", AttributeKind::dtype}},
    .infer_type = [](const Call& call, Diagnostics&) -> std::optional<Type> {
      return Type{call.attribute<DType>("dtype"), call.type(0).shape};
    },
    .gradient = [](Value y, Value dy) -> Gradients {
      const Value x = y.operand(0);
      if (!is_float(x.dtype()) || !is_float(y.dtype())) return {Value{}};
      return {cast(dy, x.dtype())};
    },
    .kernel =
        [](const Call& call) {
          KernelBuilder builder(call.type(0).shape, call.type(0).shape.size(), {call.type(0)});
          builder.output(cast(builder.load(0), call.result->dtype), *call.result);
          return builder.finish();
        },
    .all_steps = elementwise_steps,
    .examples = {{{{{DType::f64, {3, 4}}}}, {{"dtype", DType::f32}}},
                 {{{{DType::f32, {5}}, -300, 300}}, {{"dtype", DType::u8}}},
                 {{{{DType::i64, {5}}, -3, 3}}, {{"dtype", DType::f64}}}},
};

Value cast(Value x, DType dtype) { return append(op::cast, {x}, {{"dtype", dtype}}); }

}  // namespace gradc::ir
