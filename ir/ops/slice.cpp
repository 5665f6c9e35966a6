// y[i] = x[start + i * step], along every axis
#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::ir {

namespace {

using Integers = std::vector<std::int64_t>;

bool inside(std::int64_t extent, std::int64_t start, std::int64_t size, std::int64_t step) {
  if (start < 0 || size < 0 || step < 1) return false;
  if (size == 0) return start <= extent;
  return start < extent && size - 1 <= (extent - 1 - start) / step;
}

std::optional<Type> slice_type(const Call& call, Diagnostics& diagnostics) {
  const Type& x = call.type(0);
  const auto& starts = call.attribute<Integers>("starts");
  const auto& sizes = call.attribute<Shape>("sizes");
  const auto& steps = call.attribute<Integers>("steps");
  const std::size_t rank = x.shape.size();
  bool fits = starts.size() == rank && sizes.size() == rank && steps.size() == rank;
  for (std::size_t axis = 0; fits && axis < rank; ++axis)
    fits = inside(x.shape[axis], starts[axis], sizes[axis], steps[axis]);
  Type y{x.dtype, sizes};
  if (!fits) return diagnostics.report(call.location, Message::shape_mismatch, "slice", y, x);
  return y;
}

/// dy goes back to where its elements came from: zeros before, after and between.
Value slice_gradient(Value y, Value dy) {
  const auto& starts = y.attribute<Integers>("starts");
  const auto& steps = y.attribute<Integers>("steps");
  Integers high, interior;
  for (std::size_t axis = 0; axis < starts.size(); ++axis) {
    const std::int64_t size = y.shape()[axis];
    const std::int64_t covered = size == 0 ? 0 : (size - 1) * steps[axis] + 1;
    high.push_back(y.operand(0).shape()[axis] - starts[axis] - covered);
    interior.push_back(steps[axis] - 1);
  }
  return pad(dy, starts, high, interior);
}

Kernel slice_kernel(const Call& call) {
  const Shape& shape = call.result->shape;
  const auto& starts = call.attribute<Integers>("starts");
  const auto& steps = call.attribute<Integers>("steps");
  KernelBuilder builder(shape, shape.size(), {call.type(0)});
  Coordinates coordinates;
  for (std::size_t axis = 0; axis < shape.size(); ++axis)
    coordinates.emplace_back(steps[axis] * loop_index(axis) + starts[axis]);
  builder.output(builder.load(0, std::move(coordinates)), *call.result);
  return builder.finish();
}

}  // namespace

const Op op_slice = {
    .name = "slice",
    .doc = "Every `steps`-th element of `x` from `starts` on, `sizes` of them, along each axis.",
    .operands = {"x"},
    .attributes = {{"starts", AttributeKind::integers},
                   {"sizes", AttributeKind::integers},
                   {"steps", AttributeKind::integers}},
    .infer_type = slice_type,
    .gradient = [](Value y, Value dy) -> Gradients { return {slice_gradient(y, dy)}; },
    .kernel = slice_kernel,
    .all_steps = [](Value y, std::span<const OfSteps> x) -> Value {
      return slice(x[0].value, prepended(0, y.attribute<Integers>("starts")),
                   prepended(steps_of(x), y.shape()), prepended(1, y.attribute<Integers>("steps")));
    },
    .is_linear = true,
    .examples =
        {{{{{DType::f64, {5, 7}}}},
          {{"starts", Integers{1, 2}}, {"sizes", Integers{3, 2}}, {"steps", Integers{1, 3}}}}},
};

Value slice(Value x, std::vector<std::int64_t> starts, Shape sizes,
            std::vector<std::int64_t> steps) {
  return append(
      op::slice, {x},
      {{"starts", std::move(starts)}, {"sizes", std::move(sizes)}, {"steps", std::move(steps)}});
}

}  // namespace gradc::ir
