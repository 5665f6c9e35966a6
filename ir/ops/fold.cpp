// y[…, start + i * stride + k * dilation, …] = the sum of x[…, i, …, k] over all i and k that lead
// there: `windows` run backwards. Every element of y takes what the windows say that hold it.
#include <algorithm>

#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::ir {

namespace {

/// What `windows` would make of the result.
std::optional<Type> type_of_windows(const Call& call, Type y) {
  const auto windows = to_windows(call.attributes);
  if (!windows) return std::nullopt;
  for (const Window& window : *windows) {
    const auto axis = static_cast<std::size_t>(window.axis);
    if (!lie_inside(window, y.shape[axis])) return std::nullopt;
    y.shape[axis] = window.count;
    y.shape.push_back(window.size);
  }
  return y;
}

std::optional<Type> fold_type(const Call& call, Diagnostics& diagnostics) {
  const Type& x = call.type(0);
  Type y{x.dtype, call.attribute<Shape>("shape")};
  if (!check_axes(call, y.shape, call.attribute<std::vector<std::int64_t>>("axes"), diagnostics))
    return std::nullopt;
  const bool is_shape = std::ranges::all_of(y.shape, [](std::int64_t n) { return n >= 0; });
  if (!is_shape || type_of_windows(call, y) != x)
    return diagnostics.report(call.location, Message::shape_mismatch, "fold", y, x);
  return y;
}

Kernel fold_kernel(const Call& call) {
  const Shape& shape = call.result->shape;
  const auto windows = *to_windows(call.attributes);
  std::vector<std::int64_t> extents = shape;
  for (const Window& window : windows) extents.push_back(window.size);
  KernelBuilder builder(extents, shape.size(), {call.type(0)});

  Coordinates coordinates;
  for (std::size_t loop = 0; loop < extents.size(); ++loop)
    coordinates.emplace_back(loop_index(loop));
  std::size_t loop = shape.size();
  for (const Window& window : windows) {
    const auto axis = static_cast<std::size_t>(window.axis);
    coordinates[axis] = {loop_index(axis) + -window.dilation * loop_index(loop++) + -window.start,
                         window.stride};
  }
  const Scalar x = builder.load(0, std::move(coordinates));
  builder.output(builder.append(ScalarOp::reduce_add, {x}), *call.result);
  return builder.finish();
}

std::vector<AttributeSpec> attributes() {
  std::vector<AttributeSpec> out = window_attributes();
  out.push_back({"shape", AttributeKind::integers});
  return out;
}

Attributes example(Shape shape, std::vector<Window> windows) {
  Attributes out = to_attributes(windows);
  out.set("shape", std::move(shape));
  return out;
}

}  // namespace

const Op op_fold = {
    .name = "fold",
    .doc =
        "The reverse of `windows`: a tensor of that `shape`, in which every element is the sum of "
        "its places in all windows.",
    .operands = {"x"},
    .attributes = attributes(),
    .infer_type = fold_type,
    .gradient = [](Value y, Value dy) -> Gradients {
      return {windows(dy, *to_windows(y.attributes()))};
    },
    .kernel = fold_kernel,
    .all_steps = [](Value y, std::span<const OfSteps> x) -> Value {
      return fold(x[0].value, moved_on(*to_windows(y.attributes())),
                  prepended(steps_of(x), y.shape()));
    },
    .is_linear = true,
    .examples = {{{{{DType::f64, {2, 3, 3}}}}, example({2, 7}, {{1, 0, 3, 2, 3, 1}})},
                 {{{{DType::f64, {2, 1, 2, 3}}}},
                  example({6, 5}, {{0, 1, 2, 1, 2, 3}, {1, 4, 1, 1, 3, -2}})}},
};

Value fold(Value x, std::span<const Window> windows, Shape shape) {
  Attributes attributes = to_attributes(windows);
  attributes.set("shape", std::move(shape));
  return append(op::fold, {x}, attributes);
}

}  // namespace gradc::ir
