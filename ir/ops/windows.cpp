// y[…, i, …, k] = x[…, start + i * stride + k * dilation, …]: axis by axis, the windows that a
// convolution or a pooling looks at. It moves data and is never computed for itself: the kernel
// that reads the windows reads x.
#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::ir {

namespace {

std::optional<Type> windows_type(const Call& call, Diagnostics& diagnostics) {
  const Type& x = call.type(0);
  if (!check_axes(call, x.shape, call.attribute<std::vector<std::int64_t>>("axes"), diagnostics))
    return std::nullopt;
  Type y = x;
  const auto windows = to_windows(call.attributes);
  bool fits = windows.has_value();
  if (fits)
    for (const Window& window : *windows) {
      const auto axis = static_cast<std::size_t>(window.axis);
      fits = fits && lie_inside(window, x.shape[axis]);
      y.shape[axis] = window.count;
      y.shape.push_back(window.size);
    }
  if (!fits) return diagnostics.report(call.location, Message::shape_mismatch, "windows", y, x);
  return y;
}

Kernel windows_kernel(const Call& call) {
  const Shape& shape = call.result->shape;
  KernelBuilder builder(shape, shape.size(), {call.type(0)});
  const std::size_t rank = call.type(0).shape.size();
  Coordinates coordinates;
  for (std::size_t axis = 0; axis < rank; ++axis) coordinates.emplace_back(loop_index(axis));
  std::size_t loop = rank;
  const std::vector<Window> windows = *to_windows(call.attributes);
  for (const Window& window : windows) {
    const auto axis = static_cast<std::size_t>(window.axis);
    coordinates[axis] =
        window.stride * loop_index(axis) + window.dilation * loop_index(loop++) + window.start;
  }
  builder.output(builder.load(0, std::move(coordinates)), *call.result);
  return builder.finish();
}

Attributes example(std::vector<Window> windows) { return to_attributes(windows); }

}  // namespace

const Op op_windows = {
    .name = "windows",
    .doc =
        "Windows along `axes`: each axis counts windows, and a new axis at the end counts the "
        "elements of a window. Element k of window i is `x[start + i * stride + k * dilation]`.",
    .operands = {"x"},
    .attributes = window_attributes(),
    .infer_type = windows_type,
    .gradient = [](Value y, Value dy) -> Gradients {
      return {fold(dy, *to_windows(y.attributes()), y.operand(0).shape())};
    },
    .kernel = windows_kernel,
    .all_steps = [](Value y, std::span<const OfSteps> x) -> Value {
      return windows(x[0].value, moved_on(*to_windows(y.attributes())));
    },
    .is_linear = true,
    .examples = {{{{{DType::f64, {2, 7}}}}, example({{1, 0, 3, 2, 3, 1}})},
                 {{{{DType::f64, {6, 5}}}}, example({{0, 1, 2, 1, 2, 3}, {1, 4, 1, 1, 3, -2}})}},
};

Value windows(Value x, std::span<const Window> windows) {
  return append(op::windows, {x}, to_attributes(windows));
}

}  // namespace gradc::ir
