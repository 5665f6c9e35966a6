// y[…] = x[the indices along `axes`]
#include <algorithm>

#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::ir {

namespace {

using Axes = std::vector<std::int64_t>;

std::optional<Type> broadcast_type(const Call& call, Diagnostics& diagnostics) {
  const Type& x = call.type(0);
  const auto& axes = call.attribute<Axes>("axes");
  Type y{x.dtype, call.attribute<Shape>("shape")};
  if (!check_axes(call, y.shape, axes, diagnostics)) return std::nullopt;
  bool fits = axes.size() == x.shape.size();
  for (std::size_t i = 0; fits && i < axes.size(); ++i)
    fits = y.shape[static_cast<std::size_t>(axes[i])] == x.shape[i];
  if (!fits) return diagnostics.report(call.location, Message::shape_mismatch, "broadcast", y, x);
  return y;
}

/// The sum over the new axes has x's axes in the order in which they lie in y: put them back.
Value broadcast_gradient(Value y, Value dy) {
  const auto& axes = y.attribute<Axes>("axes");
  Axes in_order = axes;
  std::ranges::sort(in_order);
  Axes permutation;
  for (const std::int64_t axis : axes)
    permutation.push_back(std::ranges::find(in_order, axis) - in_order.begin());
  const Value summed = sum(dy, other_axes(y.type().rank(), axes));
  return std::ranges::is_sorted(permutation) ? summed : transpose(summed, permutation);
}

Kernel broadcast_kernel(const Call& call) {
  const Shape& shape = call.result->shape;
  KernelBuilder builder(shape, shape.size(), {call.type(0)});
  Coordinates coordinates;
  for (const std::int64_t axis : call.attribute<Axes>("axes"))
    coordinates.emplace_back(loop_index(static_cast<std::size_t>(axis)));
  builder.output(builder.load(0, std::move(coordinates)), *call.result);
  return builder.finish();
}

}  // namespace

const Op op_broadcast = {
    .name = "broadcast",
    .doc = "`x` repeated along new axes: its axis `i` becomes axis `axes[i]` of the result.",
    .operands = {"x"},
    .attributes = {{"shape", AttributeKind::integers}, {"axes", AttributeKind::integers}},
    .infer_type = broadcast_type,
    .gradient = [](Value y, Value dy) -> Gradients { return {broadcast_gradient(y, dy)}; },
    .kernel = broadcast_kernel,
    .all_steps = [](Value y, std::span<const OfSteps> x) -> Value {
      return broadcast(x[0].value, prepended(steps_of(x), y.shape()),
                       prepended(0, moved_on(y.attribute<Axes>("axes"))));
    },
    .is_linear = true,
    .examples = {{{{{DType::f64, {3}}}}, {{"shape", Shape{2, 3, 4}}, {"axes", Axes{1}}}},
                 {{{{DType::f64, {3, 2}}}}, {{"shape", Shape{2, 3}}, {"axes", Axes{1, 0}}}},
                 {{{{DType::f64, {}}}}, {{"shape", Shape{5}}, {"axes", Axes{}}}}},
};

Value broadcast(Value x, Shape shape, std::vector<std::int64_t> axes) {
  return append(op::broadcast, {x}, {{"shape", std::move(shape)}, {"axes", std::move(axes)}});
}

}  // namespace gradc::ir
