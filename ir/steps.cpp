#include "ir/steps.h"

#include <algorithm>
#include <cassert>
#include <numeric>

#include "ir/ops.h"

namespace gradc::ir {

namespace {

using Integers = std::vector<std::int64_t>;

/// sum(x) {axes = [0]}   →   sum(xs) {axes = [1]}
Value steps_along_axes(Value y, std::span<const OfSteps> operands) {
  Attributes attributes = y.attributes();
  attributes.set("axes", moved_on(y.attribute<Integers>("axes")));
  return append(*y.node().op, {operands[0].value}, attributes);
}

}  // namespace

StepsRule steps_rule(const Op& op) {
  if (op.all_steps) return op.all_steps;
  if (op.form == Form::elementwise) return elementwise_steps;
  const bool has_axes = op.form == Form::reduction || op.form == Form::along_axes;
  return has_axes ? steps_along_axes : StepsRule();
}

std::optional<std::vector<std::size_t>> linear_group(const Node& y,
                                                     const std::vector<bool>& varies) {
  if (!is_float(y.type.dtype)) return std::nullopt;
  std::vector<std::size_t> all(varies.size()), wanted;
  std::iota(all.begin(), all.end(), 0);
  if (y.op->is_linear) return all;
  std::ranges::copy_if(all, std::back_inserter(wanted), [&](std::size_t i) { return varies[i]; });
  const auto group = std::ranges::find_if(
      y.op->linear_in, [&](const auto& slots) { return std::ranges::includes(slots, wanted); });
  return group == y.op->linear_in.end() ? std::nullopt : std::optional(*group);
}

Integers prepended(std::int64_t first, Integers rest) {
  rest.insert(rest.begin(), first);
  return rest;
}

Integers moved_on(Integers axes) {
  for (std::int64_t& axis : axes) ++axis;
  return axes;
}

std::int64_t steps_of(std::span<const OfSteps> operands) {
  const auto stepped = std::ranges::find(operands, true, &OfSteps::has_steps);
  assert(stepped != operands.end() && "what no step changes is computed once");
  return stepped->value.shape()[0];
}

Value with_steps(const OfSteps& operand, std::int64_t steps) {
  if (operand.has_steps) return operand.value;
  const Shape shape = operand.value.shape();
  Integers axes(shape.size());
  std::iota(axes.begin(), axes.end(), 1);
  return broadcast(operand.value, prepended(steps, shape), axes);
}

Value rows_of_steps(Value ids, std::int64_t rows) {
  const Value id = ids.dtype() == DType::i64 ? ids : cast(ids, DType::i64);
  const Value step = iota(id.graph(), id.type(), 0);
  const Value end = splat(id, static_cast<double>(rows));
  const Value is_row = and_(le(splat(id, 0), id), lt(id, end));
  return select(is_row, step * end + id, splat(id, -1));
}

Value elementwise_steps(Value y, std::span<const OfSteps> operands) {
  const std::int64_t steps = steps_of(operands);
  std::vector<Value> all;
  for (const OfSteps& operand : operands) all.push_back(with_steps(operand, steps));
  return append(all[0].graph(), *y.node().op, all, y.attributes());
}

}  // namespace gradc::ir
