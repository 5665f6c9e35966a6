#include "frontend/numbers.h"

#include <algorithm>
#include <cmath>

#include "ir/evaluate.h"
#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::frontend {

namespace {

Value reported_overflow(Elaboration& e, Location location, std::string_view symbol) {
  e.report(location, Message::integer_overflow, symbol);
  return Poison{};
}

/// Whole numbers stay polynomials over dims.
std::optional<Value> fold_integers(Elaboration& e, const ir::Op& op, const Dim& a, const Dim& b,
                                   Location location, std::string_view symbol) {
  std::optional<Dim> result;
  if (&op == &ir::op::add) {
    result = e.dims.add(a, b);
  } else if (&op == &ir::op::sub) {
    result = e.dims.subtract(a, b);
  } else if (&op == &ir::op::mul) {
    result = e.dims.multiply(a, b);
  } else if (&op == &ir::op::div) {
    if (b.value() == 0 || b.value() == -1 || a.value() % b.value() != 0)
      return static_cast<double>(a.value()) / static_cast<double>(b.value());
    result = e.dims.divide(a, b);
  } else {
    return std::nullopt;
  }
  if (!result) return reported_overflow(e, location, symbol);
  return *result;
}

/// The interpreter's answer for operands of one element type; nothing if the op refuses them.
std::optional<ir::Tensor> interpret(const ir::Op& op, std::span<const Value> operands,
                                    ir::DType dtype, const ir::Attributes& attributes) {
  ir::Graph graph;
  std::vector<ir::Value> values;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const bool* truth = operands[i].get_if<bool>();
    const bool is_condition = truth && &op == &ir::op::select && i == 0;
    const double number = truth ? (*truth ? 1 : 0) : *operands[i].number();
    values.push_back(ir::splat(graph, {is_condition ? ir::DType::boolean : dtype, {}}, number));
  }
  ir::Diagnostics refusals;
  const auto result = ir::try_append(graph, op, values, attributes, refusals);
  if (!result) return std::nullopt;
  ir::return_(graph, std::span(&*result, 1), {"y"});
  return ir::evaluate(graph, {}).front();
}

Value number_from(const ir::Tensor& tensor) {
  if (tensor.type().dtype == ir::DType::boolean) return tensor.integer(0) != 0;
  if (ir::is_integer(tensor.type().dtype)) return Dim::constant(tensor.integer(0));
  return tensor.real(0);
}

}  // namespace

Value fold(Elaboration& e, const ir::Op& op, std::span<const Value> operands, Location location,
           std::string_view symbol, const ir::Attributes& attributes) {
  const auto is_integer = [](const Value& value) { return value.is<Dim>(); };
  const auto is_truth = [](const Value& value) { return value.is<bool>(); };
  const bool are_integers = std::ranges::all_of(operands, is_integer);
  if (are_integers && operands.size() == 2)
    if (auto folded = fold_integers(e, op, *operands[0].get_if<Dim>(), *operands[1].get_if<Dim>(),
                                    location, symbol))
      return *folded;
  if (are_integers && &op == &ir::op::neg)
    return *fold_integers(e, ir::op::sub, Dim(), *operands[0].get_if<Dim>(), location, symbol);

  // A select's condition says nothing about the type of the choices.
  const auto choices = operands.subspan(&op == &ir::op::select ? 1 : 0);
  const bool are_truths = std::ranges::all_of(choices, is_truth);
  if (!are_truths && std::ranges::any_of(choices, is_truth)) {
    e.report(location, Message::cannot_take, symbol, "numbers together with truth values");
    return Poison{};
  }
  std::optional<ir::Tensor> result;
  if (are_truths) {
    result = interpret(op, operands, ir::DType::boolean, attributes);
  } else {
    if (std::ranges::all_of(choices, is_integer))
      result = interpret(op, operands, ir::DType::i64, attributes);
    if (!result) result = interpret(op, operands, ir::DType::f64, attributes);
  }
  if (!result) {
    e.report(location, Message::cannot_take, symbol, e.text(operands.front()));
    return Poison{};
  }
  if (are_integers && &op == &ir::op::pow && std::abs(result->real(0)) <= largest_integer &&
      result->real(0) == std::floor(result->real(0)))
    return Dim::constant(result->integer(0));
  return number_from(*result);
}

}  // namespace gradc::frontend
