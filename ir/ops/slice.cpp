// y[i] = x[start + i * step], along every axis
#include <algorithm>
#include <map>

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

/// A slice that is a range of an axis.
struct Piece {
  std::int64_t start, end;
  Value y, dy;
};

/// The axis along which a slice is a range; nothing if it leaves out more than that.
std::optional<std::size_t> axis_of_range(Value y) {
  std::optional<std::size_t> out;
  for (std::size_t axis = 0; axis < y.shape().size(); ++axis) {
    if (y.attribute<Integers>("steps")[axis] != 1) return std::nullopt;
    if (y.shape()[axis] == y.operand(0).shape()[axis]) continue;
    if (out) return std::nullopt;
    out = axis;
  }
  return out;
}

/// Of pieces in order that do not overlap: one after the other, with zeros in between.
Value joined(const std::vector<Piece>& pieces, Value x, std::size_t axis) {
  if (pieces.size() == 1) return slice_gradient(pieces[0].y, pieces[0].dy);
  std::vector<Value> parts;
  std::int64_t end = 0;
  const auto fill_up_to = [&](std::int64_t start) {
    if (start == end) return;
    Type gap = x.type();
    gap.shape[axis] = start - end;
    parts.push_back(splat(x.graph(), gap, 0));
  };
  for (const Piece& piece : pieces) {
    fill_up_to(piece.start);
    parts.push_back(piece.dy);
    end = piece.end;
  }
  fill_up_to(x.shape()[axis]);
  return concat(parts, static_cast<std::int64_t>(axis));
}

/// Pieces of an axis as few sequences of pieces that do not overlap.
std::vector<std::vector<Piece>> layered(std::vector<Piece> pieces) {
  std::ranges::stable_sort(pieces, {}, &Piece::start);
  std::vector<std::vector<Piece>> layers;
  for (const Piece& piece : pieces) {
    const auto fits = [&](const auto& layer) { return layer.back().end <= piece.start; };
    auto layer = std::ranges::find_if(layers, fits);
    if (layer == layers.end()) layer = layers.emplace(layer);
    layer->push_back(piece);
  }
  return layers;
}

/// Ranges of one axis are put side by side, which takes as much time as x has elements. A sum of
/// the gradients of all, each padded to the size of x, would take that much for each.
Value joint_slice_gradient(std::span<const Value> ys, std::span<const Value> dys) {
  const Value x = ys[0].operand(0);
  std::map<std::size_t, std::vector<Piece>> by_axis;
  Value sum;
  const auto add = [&](Value dx) { sum = sum ? sum + dx : dx; };
  for (std::size_t i = 0; i < ys.size(); ++i) {
    const auto axis = axis_of_range(ys[i]);
    if (!axis) {
      add(slice_gradient(ys[i], dys[i]));
      continue;
    }
    const std::int64_t start = ys[i].attribute<Integers>("starts")[*axis];
    by_axis[*axis].push_back({start, start + ys[i].shape()[*axis], ys[i], dys[i]});
  }
  for (auto& [axis, pieces] : by_axis)
    for (const std::vector<Piece>& layer : layered(std::move(pieces))) add(joined(layer, x, axis));
  return sum;
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
    .joint_gradient = joint_slice_gradient,
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
