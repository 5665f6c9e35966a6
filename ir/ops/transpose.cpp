// y[i_0, i_1, …]: axis i of y is axis permutation[i] of x
#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::ir {

namespace {

using Axes = std::vector<std::int64_t>;

Axes inverse(const Axes& permutation) {
  Axes out(permutation.size());
  for (std::size_t i = 0; i < permutation.size(); ++i)
    out[static_cast<std::size_t>(permutation[i])] = static_cast<std::int64_t>(i);
  return out;
}

std::optional<Type> transpose_type(const Call& call, Diagnostics& diagnostics) {
  const Type& x = call.type(0);
  const auto& permutation = call.attribute<Axes>("permutation");
  if (!check_axes(call, x.shape, permutation, diagnostics)) return std::nullopt;
  if (permutation.size() != x.shape.size())
    return diagnostics.report(call.location, Message::operand_rank, "transpose", x,
                              permutation.size());
  Type y{x.dtype, {}};
  for (const std::int64_t axis : permutation)
    y.shape.push_back(x.shape[static_cast<std::size_t>(axis)]);
  return y;
}

Kernel transpose_kernel(const Call& call) {
  const Shape& shape = call.result->shape;
  KernelBuilder builder(shape, shape.size(), {call.type(0)});
  Coordinates coordinates;
  for (const std::int64_t axis : inverse(call.attribute<Axes>("permutation")))
    coordinates.emplace_back(loop_index(static_cast<std::size_t>(axis)));
  builder.output(builder.load(0, std::move(coordinates)), *call.result);
  return builder.finish();
}

}  // namespace

const Op op_transpose = {
    .name = "transpose",
    .doc =
        "`x` with its axes in another order: axis `i` of the result is axis `permutation[i]` of "
        "`x`.",
    .operands = {"x"},
    .attributes = {{"permutation", AttributeKind::integers}},
    .infer_type = transpose_type,
    .gradient = [](Value y, Value dy) -> Gradients {
      return {transpose(dy, inverse(y.attribute<Axes>("permutation")))};
    },
    .kernel = transpose_kernel,
    .all_steps = [](Value y, std::span<const OfSteps> x) -> Value {
      return transpose(x[0].value, prepended(0, moved_on(y.attribute<Axes>("permutation"))));
    },
    .is_linear = true,
    .examples = {{{{{DType::f64, {3, 4}}}}, {{"permutation", Axes{1, 0}}}},
                 {{{{DType::f64, {2, 3, 4}}}}, {{"permutation", Axes{2, 0, 1}}}}},
};

Value transpose(Value x, std::vector<std::int64_t> permutation) {
  return append(op::transpose, {x}, {{"permutation", std::move(permutation)}});
}

}  // namespace gradc::ir
