// y[i] = x[0] + … + x[i] along an axis
#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::ir {

namespace {

using Axes = std::vector<std::int64_t>;

/// Every element moves `distance` places on; zeros follow.
Value moved_on(Value x, std::size_t axis, std::int64_t distance) {
  Axes low(x.shape().size(), 0);
  const Axes none = low, steps(low.size(), 1);
  Shape sizes = x.shape();
  sizes[axis] -= distance;
  low[axis] = distance;
  return pad(slice(x, none, sizes, steps), low, none, none);
}

/// Sums of 1, 2, 4, 8 … elements (Hillis and Steele 1986).
Value running_sums(Value y) {
  Value sums = y.operand(0);
  for (const std::int64_t axis : y.attribute<Axes>("axes")) {
    const auto number = static_cast<std::size_t>(axis);
    const std::int64_t extent = sums.shape()[number];
    for (std::int64_t distance = 1; distance < extent; distance *= 2)
      sums = sums + moved_on(sums, number, distance);
  }
  return sums;
}

std::optional<Type> running_type(const Call& call, Diagnostics& diagnostics) {
  if (!check_axes(call, call.type(0).shape, call.attribute<Axes>("axes"), diagnostics)) return {};
  return same_type()(call, diagnostics);
}

}  // namespace

const Op op_cumsum = {
    .name = "cumsum",
    .doc = "Running sum along `axes`: every element becomes the sum of those up to it.",
    .operands = {"x"},
    .attributes = {{"axes", AttributeKind::integers}},
    .form = Form::along_axes,
    .infer_type = running_type,
    .expand = running_sums,
    .examples = {{{{{DType::f64, {3, 5}}}}, {{"axes", Axes{1}}}},
                 {{{{DType::f64, {3, 4}}}}, {{"axes", Axes{0, 1}}}}},
};

Value cumsum(Value x, std::vector<std::int64_t> axes) {
  return append(op::cumsum, {x}, {{"axes", std::move(axes)}});
}

}  // namespace gradc::ir
