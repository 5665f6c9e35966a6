// y[i…, d…] = table[ids[i…], d…]
#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::ir {

namespace {

std::optional<Type> gather_type(const Call& call, Diagnostics& diagnostics) {
  const Type& table = call.type(0);
  const Type& ids = call.type(1);
  if (table.rank() < 1)
    return diagnostics.report(call.location, Message::operand_rank, "gather", table, "1 or more");
  if (ids.dtype != DType::i32 && ids.dtype != DType::i64)
    return diagnostics.report(call.location, Message::operand_dtype, "gather", ids,
                              "i32 or i64 as ids");
  Type y{table.dtype, ids.shape};
  y.shape.insert(y.shape.end(), table.shape.begin() + 1, table.shape.end());
  return y;
}

Kernel gather_kernel(const Call& call) {
  const Type& table = call.type(0);
  const std::size_t id_rank = call.type(1).shape.size();
  const Shape& shape = call.result->shape;
  KernelBuilder builder(shape, shape.size(), {table, call.type(1)});
  const Scalar id = builder.load(1);
  Coordinates coordinates = {Coordinate(Affine{}, 1, id.id)};
  for (std::size_t axis = 1; axis < table.shape.size(); ++axis)
    coordinates.emplace_back(loop_index(id_rank + axis - 1));
  builder.output(builder.load(0, std::move(coordinates)), *call.result);
  return builder.finish();
}

Value gather_steps(Value, std::span<const OfSteps> operands) {
  const auto [table, ids] = std::pair(operands[0], operands[1]);
  if (!table.has_steps) return gather(table.value, ids.value);
  const std::int64_t steps = steps_of(operands), rows = table.value.shape()[1];
  Shape shape = table.value.shape();
  shape.erase(shape.begin());
  shape[0] = steps * rows;
  return gather(reshape(table.value, shape), rows_of_steps(with_steps(ids, steps), rows));
}

}  // namespace

const Op op_gather = {
    .name = "gather",
    .doc = "Rows of a table: `y[i] = table[ids[i]]`. An id outside the table gives zeros.",
    .operands = {"table", "ids"},
    .infer_type = gather_type,
    .gradient = [](Value y, Value dy) -> Gradients {
      const auto [table, ids] = y.operands<2>();
      return {scatter_add(ids, dy, table.shape()[0]), Value{}};
    },
    .kernel = gather_kernel,
    .all_steps = gather_steps,
    .linear_in = {{0}},
    .examples = {{{{{DType::f64, {5, 3}}}, {{DType::i32, {2, 4}}, 0, 5}}},
                 {{{{DType::f64, {4}}}, {{DType::i64, {3}}, 0, 4}}}},
};

Value gather(Value table, Value ids) { return append(op::gather, {table, ids}); }

}  // namespace gradc::ir
