// Uniform numbers in [0, 1): a pure function of (seed, site, step, element).
#include <algorithm>

#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::ir {

namespace {

std::optional<Type> random_type(const Call& call, Diagnostics& diagnostics) {
  Type y{call.attribute<DType>("dtype"), call.attribute<Shape>("shape")};
  for (std::size_t slot = 0; slot < 2; ++slot) {
    const Type& counter = call.type(slot);
    const bool leads =
        counter.shape.size() <= y.shape.size() &&
        std::ranges::equal(counter.shape, std::span(y.shape).first(counter.shape.size()));
    if (counter.dtype != DType::i64 || !leads)
      return diagnostics.report(call.location, Message::operand_dtype, "random", counter,
                                "an i64 scalar, or one for each index of the first axes");
  }
  if (!is_float(y.dtype))
    return diagnostics.report(call.location, Message::operand_dtype, "random", y, "f32 or f64");
  return y;
}

/// An element's number is its row-major position behind the axes that have a seed or step for each
/// index, so it does not depend on how the loops run.
Kernel random_kernel(const Call& call) {
  const Shape& shape = call.result->shape;
  const std::vector<std::int64_t> strides = row_major_strides(shape);
  KernelBuilder builder(shape, shape.size(), {call.type(0), call.type(1)});
  Scalar element = builder.constant(DType::i64, 0);
  for (std::size_t axis = std::max(call.type(0).shape.size(), call.type(1).shape.size());
       axis < shape.size(); ++axis)
    element = element + builder.index(axis) * static_cast<double>(strides[axis]);
  constexpr std::int64_t words_per_site = 4;
  const std::int64_t site = call.attribute<std::int64_t>("site") * words_per_site;
  builder.output(builder.append(ScalarOp::random, call.result->dtype,
                                {builder.load(0), builder.load(1), element}, site),
                 *call.result);
  return builder.finish();
}

Value random_steps(Value y, std::span<const OfSteps> counters) {
  const std::int64_t steps = steps_of(counters);
  const auto with_first_axis = [&](const OfSteps& counter) {
    return counter.value.shape().empty() ? counter.value : with_steps(counter, steps);
  };
  return random(with_first_axis(counters[0]), with_first_axis(counters[1]),
                {y.dtype(), prepended(steps, y.shape())}, y.attribute<std::int64_t>("site"));
}

}  // namespace

const Op op_random = {
    .name = "random",
    .doc =
        "Uniform numbers in [0, 1), multiples of 2^-24: a pure function of seed, step, `site` and "
        "the element's number (Philox4x32-10, Salmon et al. 2011). Where seed or step have axes, "
        "they are the first of the result, and every index of them counts its own elements.",
    .operands = {"seed", "step"},
    .attributes = {{"dtype", AttributeKind::dtype},
                   {"shape", AttributeKind::integers},
                   {"site", AttributeKind::integer}},
    .infer_type = random_type,
    .differentiability = Differentiability::constant,
    .kernel = random_kernel,
    .all_steps = random_steps,
    .examples = {{{{{DType::i64, {}}, 0, 1000}, {{DType::i64, {}}, 0, 1000}},
                  {{"dtype", DType::f64}, {"shape", Shape{3, 4}}, {"site", std::int64_t{7}}}},
                 {{{{DType::i64, {3}}, 0, 1000}, {{DType::i64, {3, 2}}, 0, 1000}},
                  {{"dtype", DType::f64}, {"shape", Shape{3, 2, 4}}, {"site", std::int64_t{7}}}}},
};

Value random(Value seed, Value step, Type type, std::int64_t site) {
  return append(op::random, {seed, step},
                {{"dtype", type.dtype}, {"shape", std::move(type.shape)}, {"site", site}});
}

}  // namespace gradc::ir
