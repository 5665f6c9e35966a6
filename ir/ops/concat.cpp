// y = [x_0, x_1, …] along one axis
#include <algorithm>

#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::ir {

namespace {

std::optional<Type> concat_type(const Call& call, Diagnostics& diagnostics) {
  const std::int64_t axis = call.attribute<std::int64_t>("axis");
  Type y = call.type(0);
  if (!check_axes(call, y.shape, {axis}, diagnostics)) return std::nullopt;
  const auto joined = static_cast<std::size_t>(axis);
  for (std::size_t slot = 1; slot < call.size(); ++slot) {
    Type x = call.type(slot);
    const bool same_rank = x.rank() == y.rank();
    const std::int64_t extent = same_rank ? x.shape[joined] : 0;
    if (same_rank) x.shape[joined] = y.shape[joined];
    if (x != y)
      return diagnostics.report(call.location, Message::operand_types_differ, "concat",
                                call.type(0), call.type(slot));
    if (__builtin_add_overflow(y.shape[joined], extent, &y.shape[joined]))
      return diagnostics.report(call.location, Message::tensor_too_large, "the joined tensor",
                                max_tensor_bytes);
  }
  return y;
}

Gradients concat_gradient(Value y, Value dy) {
  const auto axis = static_cast<std::size_t>(y.attribute<std::int64_t>("axis"));
  const std::vector<std::int64_t> steps(y.shape().size(), 1);
  std::vector<std::int64_t> starts(y.shape().size(), 0);
  Gradients out;
  for (std::size_t slot = 0; slot < y.operand_count(); ++slot) {
    const Shape shape = y.operand(slot).shape();
    out.push_back(slice(dy, starts, shape, steps));
    starts[axis] += shape[axis];
  }
  return out;
}

/// select(i < end_0, x_0[i], select(i < end_1, x_1[i - end_0], …)); a read outside its operand is
/// 0.
Kernel concat_kernel(const Call& call) {
  const auto axis = static_cast<std::size_t>(call.attribute<std::int64_t>("axis"));
  const Shape& shape = call.result->shape;
  std::vector<Type> operands;
  for (std::size_t slot = 0; slot < call.size(); ++slot) operands.push_back(call.type(slot));
  KernelBuilder builder(shape, shape.size(), operands);

  std::int64_t start = shape[axis];
  Scalar value;
  for (std::size_t slot = call.size(); slot-- > 0;) {
    const std::int64_t end = start;
    start -= operands[slot].shape[axis];
    Coordinates coordinates;
    for (std::size_t i = 0; i < shape.size(); ++i)
      coordinates.emplace_back(i == axis ? loop_index(i) + -start : loop_index(i));
    const Scalar part = builder.load(slot, std::move(coordinates));
    const bool last = slot + 1 == call.size();
    value = last ? part
                 : select(lt(builder.index(axis),
                             builder.constant(DType::i64, static_cast<double>(end))),
                          part, value);
  }
  builder.output(value, *call.result);
  return builder.finish();
}

}  // namespace

const Op op_concat = {
    .name = "concat",
    .doc = "The operands joined along `axis`; they agree along the others.",
    .operands = {"x", "xs..."},
    .attributes = {{"axis", AttributeKind::integer}},
    .infer_type = concat_type,
    .gradient = concat_gradient,
    .kernel = concat_kernel,
    .all_steps = [](Value y, std::span<const OfSteps> xs) -> Value {
      std::vector<Value> all;
      for (const OfSteps& x : xs) all.push_back(with_steps(x, steps_of(xs)));
      return concat(all, y.attribute<std::int64_t>("axis") + 1);
    },
    .is_linear = true,
    .examples = {{{{{DType::f64, {3, 2}}}, {{DType::f64, {3, 1}}}, {{DType::f64, {3, 4}}}},
                  {{"axis", std::int64_t{1}}}},
                 {{{{DType::f64, {2, 3}}}, {{DType::f64, {1, 3}}}}, {{"axis", std::int64_t{0}}}}},
};

Value concat(std::span<const Value> values, std::int64_t axis) {
  // The kernel asks for each element in which operand it lies. Many are joined a few at a time.
  constexpr std::size_t most = 16;
  std::vector<Value> parts(values.begin(), values.end());
  while (parts.size() > most) {
    std::vector<Value> joined;
    for (std::size_t first = 0; first < parts.size(); first += most) {
      const std::size_t count = std::min(most, parts.size() - first);
      joined.push_back(concat(std::span(parts).subspan(first, count), axis));
    }
    parts = std::move(joined);
  }
  return append(parts[0].graph(), op::concat, parts, {{"axis", axis}});
}

}  // namespace gradc::ir
