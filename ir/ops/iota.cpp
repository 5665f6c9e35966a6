// y[i_0, i_1, …] = i_axis
#include "ir/ops.h"

namespace gradc::ir {

namespace {

std::optional<Type> iota_type(const Call& call, Diagnostics& diagnostics) {
  Type y{call.attribute<DType>("dtype"), call.attribute<Shape>("shape")};
  if (!check_axes(call, y.shape, {call.attribute<std::int64_t>("axis")}, diagnostics))
    return std::nullopt;
  return y;
}

}  // namespace

const Op op_iota = {
    .name = "iota",
    .doc = "Each element is its index along `axis`.",
    .attributes = {{"dtype", AttributeKind::dtype},
                   {"shape", AttributeKind::integers},
                   {"axis", AttributeKind::integer}},
    .infer_type = iota_type,
    .differentiability = Differentiability::constant,
    .kernel =
        [](const Call& call) {
          const Shape& shape = call.result->shape;
          KernelBuilder builder(shape, shape.size(), {});
          const auto axis = static_cast<std::size_t>(call.attribute<std::int64_t>("axis"));
          builder.output(cast(builder.index(axis), call.result->dtype), *call.result);
          return builder.finish();
        },
    .examples = {{{}, {{"dtype", DType::i32}, {"shape", Shape{3, 4}}, {"axis", std::int64_t{1}}}}},
};

Value iota(Graph& graph, Type type, std::int64_t axis) {
  return append(graph, op::iota, {},
                {{"dtype", type.dtype}, {"shape", std::move(type.shape)}, {"axis", axis}});
}

}  // namespace gradc::ir
