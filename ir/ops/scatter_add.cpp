// y[r, d…] = sum of updates[i…, d…] over all i with ids[i…] == r
#include <algorithm>

#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::ir {

namespace {

std::optional<Type> scatter_add_type(const Call& call, Diagnostics& diagnostics) {
  const Type& ids = call.type(0);
  const Type& updates = call.type(1);
  if (ids.dtype != DType::i32 && ids.dtype != DType::i64)
    return diagnostics.report(call.location, Message::operand_dtype, "scatter_add", ids,
                              "i32 or i64 as ids");
  const bool fits = updates.rank() >= ids.rank() &&
                    std::equal(ids.shape.begin(), ids.shape.end(), updates.shape.begin());
  if (!fits || updates.dtype == DType::boolean)
    return diagnostics.report(call.location, Message::shape_mismatch, "scatter_add", updates, ids);
  Type y{updates.dtype, {call.attribute<std::int64_t>("rows")}};
  y.shape.insert(y.shape.end(), updates.shape.begin() + ids.rank(), updates.shape.end());
  return y;
}

Kernel scatter_add_kernel(const Call& call) {
  const Type& updates = call.type(1);
  KernelBuilder builder(updates.shape, updates.shape.size(), {call.type(0), updates});
  const Scalar id = builder.load(0);
  Coordinates coordinates = {Coordinate(Affine{}, 1, id.id)};
  for (std::size_t axis = call.type(0).shape.size(); axis < updates.shape.size(); ++axis)
    coordinates.emplace_back(loop_index(axis));
  builder.output(Output{builder.load(1).id, *call.result, std::move(coordinates), true});
  return builder.finish();
}

Value scatter_add_steps(Value y, std::span<const OfSteps> operands) {
  const std::int64_t steps = steps_of(operands), rows = y.shape()[0];
  const Value ids = rows_of_steps(with_steps(operands[0], steps), rows);
  const Value all = scatter_add(ids, with_steps(operands[1], steps), steps * rows);
  return reshape(all, prepended(steps, y.shape()));
}

/// Steps are one more axis of the ids.
Value sum_of_scatter_add_steps(Value y, std::span<const OfSteps> operands) {
  const auto [ids, updates] = std::pair(operands[0], operands[1]);
  const std::int64_t rows = y.shape()[0];
  return ids.has_steps ? scatter_add(ids.value, with_steps(updates, steps_of(operands)), rows)
                       : scatter_add(ids.value, sum(updates.value, {0}), rows);
}

}  // namespace

const Op op_scatter_add = {
    .name = "scatter_add",
    .doc =
        "Sums of updates by row: `y[r]` is the sum of `updates[i]` over all `i` with `ids[i] == "
        "r`; "
        "an id outside the rows is dropped.",
    .operands = {"ids", "updates"},
    .attributes = {{"rows", AttributeKind::integer}},
    .infer_type = scatter_add_type,
    .gradient = [](Value y, Value dy) -> Gradients { return {Value{}, gather(dy, y.operand(0))}; },
    .kernel = scatter_add_kernel,
    .all_steps = scatter_add_steps,
    .sum_of_steps = sum_of_scatter_add_steps,
    .linear_in = {{1}},
    .examples = {{{{{DType::i32, {2, 4}}, 0, 5}, {{DType::f64, {2, 4, 3}}}},
                  {{"rows", std::int64_t{5}}}}},
};

Value scatter_add(Value ids, Value updates, std::int64_t rows) {
  return append(op::scatter_add, {ids, updates}, {{"rows", rows}});
}

}  // namespace gradc::ir
