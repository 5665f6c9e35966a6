// y[low + i * (interior + 1)] = x[i], along every axis; the other elements are 0
#include <algorithm>

#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::ir {

namespace {

using Integers = std::vector<std::int64_t>;

std::optional<Type> pad_type(const Call& call, Diagnostics& diagnostics) {
  const Type& x = call.type(0);
  const auto& low = call.attribute<Integers>("low");
  const auto& high = call.attribute<Integers>("high");
  const auto& interior = call.attribute<Integers>("interior");
  for (const auto* amounts : {&low, &high, &interior}) {
    const bool fits = amounts->size() == x.shape.size() &&
                      std::ranges::all_of(
                          *amounts, [](std::int64_t n) { return n >= 0 && n < max_tensor_bytes; });
    if (!fits)
      return diagnostics.report(call.location, Message::shape_mismatch, "pad",
                                to_string(Attribute(*amounts)), x);
  }
  Type y = x;
  for (std::size_t axis = 0; axis < y.shape.size(); ++axis) {
    std::int64_t between = 0;
    if (__builtin_mul_overflow(std::max<std::int64_t>(x.shape[axis] - 1, 0), interior[axis],
                               &between))
      return diagnostics.report(call.location, Message::tensor_too_large, "the padded tensor",
                                max_tensor_bytes);
    y.shape[axis] += low[axis] + high[axis] + between;
  }
  return y;
}

Value pad_gradient(Value y, Value dy) {
  Integers steps = y.attribute<Integers>("interior");
  for (std::int64_t& step : steps) ++step;
  return slice(dy, y.attribute<Integers>("low"), y.operand(0).shape(), steps);
}

Kernel pad_kernel(const Call& call) {
  const Shape& shape = call.result->shape;
  const auto& low = call.attribute<Integers>("low");
  const auto& interior = call.attribute<Integers>("interior");
  KernelBuilder builder(shape, shape.size(), {call.type(0)});
  Coordinates coordinates;
  for (std::size_t axis = 0; axis < shape.size(); ++axis)
    coordinates.emplace_back(loop_index(axis) + -low[axis], interior[axis] + 1);
  builder.output(builder.load(0, std::move(coordinates)), *call.result);
  return builder.finish();
}

}  // namespace

const Op op_pad = {
    .name = "pad",
    .doc =
        "`x` with zeros along each axis: `low` before, `high` after, `interior` between "
        "neighbours.",
    .operands = {"x"},
    .attributes = {{"low", AttributeKind::integers},
                   {"high", AttributeKind::integers},
                   {"interior", AttributeKind::integers}},
    .infer_type = pad_type,
    .gradient = [](Value y, Value dy) -> Gradients { return {pad_gradient(y, dy)}; },
    .kernel = pad_kernel,
    .all_steps = [](Value y, std::span<const OfSteps> x) -> Value {
      return pad(x[0].value, prepended(0, y.attribute<Integers>("low")),
                 prepended(0, y.attribute<Integers>("high")),
                 prepended(0, y.attribute<Integers>("interior")));
    },
    .is_linear = true,
    .examples =
        {{{{{DType::f64, {3, 4}}}},
          {{"low", Integers{1, 0}}, {"high", Integers{0, 2}}, {"interior", Integers{0, 1}}}}},
};

Value pad(Value x, std::vector<std::int64_t> low, std::vector<std::int64_t> high,
          std::vector<std::int64_t> interior) {
  return append(
      op::pad, {x},
      {{"low", std::move(low)}, {"high", std::move(high)}, {"interior", std::move(interior)}});
}

}  // namespace gradc::ir
