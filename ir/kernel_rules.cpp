#include <algorithm>
#include <cassert>

#include "ir/kernel.h"
#include "ir/op.h"

namespace gradc::ir {

namespace {

KernelBuilder builder_for(const Call& call, std::vector<std::int64_t> extents,
                          std::size_t parallel) {
  std::vector<Type> operands;
  for (std::size_t slot = 0; slot < call.size(); ++slot) operands.push_back(call.type(slot));
  return {std::move(extents), parallel, std::move(operands)};
}

/// The builder with one parallel loop per axis of the first operand.
KernelBuilder pointwise(const Call& call) {
  const Shape& shape = call.type(0).shape;
  return builder_for(call, shape, shape.size());
}

/// Reduce over the kernel's reduction loops. A sum over none is the value itself, and says so:
/// a kernel without reductions is a map, which codegen runs faster.
Scalar reduce(ScalarOp op, Scalar value) {
  const Kernel& kernel = value.builder->kernel();
  if (kernel.parallel == kernel.extents.size() && op != ScalarOp::reduce_argmax) return value;
  return value.builder->append(op, {value});
}

}  // namespace

KernelRule elementwise(Scalar (*f)(Scalar)) {
  return [f](const Call& call) {
    KernelBuilder builder = pointwise(call);
    builder.output(f(builder.load(0)), *call.result);
    return builder.finish();
  };
}

KernelRule elementwise(Scalar (*f)(Scalar, Scalar)) {
  return [f](const Call& call) {
    KernelBuilder builder = pointwise(call);
    const Scalar a = builder.load(0), b = builder.load(1);
    builder.output(f(a, b), *call.result);
    return builder.finish();
  };
}

KernelRule elementwise(Scalar (*f)(Scalar, Scalar, Scalar)) {
  return [f](const Call& call) {
    KernelBuilder builder = pointwise(call);
    const Scalar a = builder.load(0), b = builder.load(1), c = builder.load(2);
    builder.output(f(a, b, c), *call.result);
    return builder.finish();
  };
}

KernelRule reduction(ScalarOp op) {
  return [op](const Call& call) {
    const Shape& shape = call.type(0).shape;
    const auto& axes = call.attribute<std::vector<std::int64_t>>("axes");
    const auto is_reduced = [&](std::size_t axis) {
      return std::ranges::find(axes, static_cast<std::int64_t>(axis)) != axes.end();
    };
    std::vector<std::int64_t> extents;
    Coordinates coordinates(shape.size());
    for (const bool reduced : {false, true})
      for (std::size_t axis = 0; axis < shape.size(); ++axis)
        if (is_reduced(axis) == reduced) {
          coordinates[axis] = loop_index(extents.size());
          extents.push_back(shape[axis]);
        }
    KernelBuilder builder = builder_for(call, std::move(extents), shape.size() - axes.size());
    builder.output(reduce(op, builder.load(0, std::move(coordinates))), *call.result);
    return builder.finish();
  };
}

Kernel contraction(const std::string& spec, const Type& a, const Type& b, const Type& result) {
  const std::size_t comma = spec.find(','), arrow = spec.find("->");
  assert(comma < arrow && arrow != std::string::npos && "a spec reads ik,kj->ij");
  const std::string of_a = spec.substr(0, comma), of_b = spec.substr(comma + 1, arrow - comma - 1);
  const std::string of_result = spec.substr(arrow + 2);

  std::string letters = of_result;
  for (const char letter : of_a + of_b)
    if (letters.find(letter) == std::string::npos) letters += letter;

  const auto extent = [&](char letter) {
    const std::size_t axis = of_a.find(letter);
    return axis != std::string::npos ? a.shape[axis] : b.shape[of_b.find(letter)];
  };
  std::vector<std::int64_t> extents;
  for (const char letter : letters) extents.push_back(extent(letter));

  const auto coordinates = [&](const std::string& axes) {
    Coordinates out;
    for (const char letter : axes) out.emplace_back(loop_index(letters.find(letter)));
    return out;
  };
  KernelBuilder builder(std::move(extents), of_result.size(), {a, b});
  // One after the other: the order in which arguments are evaluated is the compiler's choice.
  const Scalar x = builder.load(0, coordinates(of_a));
  const Scalar y = builder.load(1, coordinates(of_b));
  builder.output(reduce(ScalarOp::reduce_add, x * y), result);
  return builder.finish();
}

}  // namespace gradc::ir
