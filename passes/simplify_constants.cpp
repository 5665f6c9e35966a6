/// What is known at compile time.
#include <cmath>

#include "ir/ops.h"
#include "ir/tensor.h"
#include "passes/simplify_rules.h"

namespace gradc::passes {

namespace op = ir::op;
using ir::Graph;
using ir::Tensor;
using ir::Value;

namespace {

using Axes = std::vector<std::int64_t>;

/// Constants are stored as doubles: a larger integer would not come back as itself.
constexpr double largest_exact_integer = 9007199254740992.0;

bool is_exact(ir::DType dtype, double number) {
  return is_float(dtype) || std::abs(number) < largest_exact_integer;
}

/// `op` applied to one number per operand, as the interpreter does it.
std::optional<double> apply(const ir::Op& op, const std::vector<ir::DType>& dtypes,
                            const std::vector<double>& numbers, const ir::Attributes& attributes) {
  Graph graph;
  std::vector<Value> operands;
  std::vector<Tensor> tensors;
  for (std::size_t slot = 0; slot < numbers.size(); ++slot) {
    operands.push_back(splat(graph, {dtypes[slot], {}}, numbers[slot]));
    tensors.emplace_back(ir::Type{dtypes[slot], {}}).set_real(0, numbers[slot]);
  }
  const Value value = append(graph, op, operands, attributes);
  std::vector<const Tensor*> addresses;
  for (const Tensor& tensor : tensors) addresses.push_back(&tensor);
  const std::vector<Tensor> results = evaluate(kernel_of(graph, value.id()), addresses);
  const double number = results[0].real(0);
  return is_exact(value.dtype(), number) ? std::optional(number) : std::nullopt;
}

/// 2 + 3  →  5
Value fold_elementwise(Value y) {
  const ir::Op& op = *y.node().op;
  if (op.form != ir::Form::elementwise || !op.kernel) return {};
  std::vector<ir::DType> dtypes;
  std::vector<double> numbers;
  for (std::size_t slot = 0; slot < y.operand_count(); ++slot) {
    const auto number = splat_number(y.operand(slot));
    if (!number) return {};
    dtypes.push_back(y.operand(slot).dtype());
    numbers.push_back(*number);
  }
  const auto number = apply(op, dtypes, numbers, y.attributes());
  return number ? splat(y, *number) : Value();
}

/// pad(0)  →  0
Value pad_zero(Value y) { return is_splat(y.operand(0), 0) ? splat(y, 0) : Value(); }

/// reshape([1, 2, 3, 4])  →  [[1, 2], [3, 4]]
Value reshape_constant(Value y) {
  const Value x = y.operand(0);
  if (x.node().op != &op::constant) return {};
  return constant(y.graph(), y.type(), x.attribute<std::vector<double>>("values"));
}

std::int64_t reduced_elements(Value y) {
  std::int64_t count = 1;
  for (const std::int64_t axis : y.attribute<Axes>("axes"))
    count *= y.operand(0).shape()[static_cast<std::size_t>(axis)];
  return count;
}

/// sum(5) of n elements  →  5 * n
Value sum_splat(Value y) {
  const auto number = splat_number(y.operand(0));
  if (!number) return {};
  const double total = *number * static_cast<double>(reduced_elements(y));
  // Small integers cannot wrap around in a product that stays small, and other ones are left alone.
  const bool may_wrap = !is_float(y.dtype()) && !(total >= 0 && total < 128);
  return may_wrap ? Value() : splat(y, total);
}

/// reduce_max(5)  →  5
Value choose_from_splat(Value y) { return reduced_elements(y) > 0 ? move_splat(y) : Value(); }

constexpr Rule rules[] = {
    {nullptr, fold_elementwise},          {&op::pad, pad_zero},
    {&op::reshape, reshape_constant},     {&op::sum, sum_splat},
    {&op::reduce_max, choose_from_splat}, {&op::reduce_min, choose_from_splat},
};

}  // namespace

std::span<const Rule> constant_rules() { return rules; }

Value move_splat(Value y) {
  const auto number = splat_number(y.operand(0));
  return number ? splat(y, *number) : Value();
}

std::optional<double> splat_number(Value value) {
  if (value.node().op != &op::constant) return std::nullopt;
  const auto& values = value.attribute<std::vector<double>>("values");
  return values.size() == 1 ? std::optional(values[0]) : std::nullopt;
}

bool is_splat(Value value, double number) { return splat_number(value) == number; }

}  // namespace gradc::passes
