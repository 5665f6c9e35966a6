#include "frontend/operators.h"

#include <algorithm>

#include "frontend/conversions.h"
#include "frontend/numbers.h"
#include "frontend/watch.h"
#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::frontend {

namespace {

bool is_operand(const Value& value) {
  return value.is_static() || value.is<Tensor>() || value.is<List>();
}

constexpr std::string_view ordinals[] = {"first", "second", "third", "fourth"};

/// Can every tensor operand be aligned with `largest`?
bool check_alignment(Elaboration& e, std::span<const Value> operands, std::size_t largest,
                     Location location, std::string_view symbol) {
  const Tensor& target = *operands[largest].get_if<Tensor>();
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const Tensor* tensor = operands[i].get_if<Tensor>();
    if (!tensor || tensor->dims == target.dims) continue;
    const auto& [a, b] = i < largest ? std::tie(*tensor, target) : std::tie(target, *tensor);
    const auto missing = dim_missing_from(tensor->dims, target.dims);
    const Dim* twice = repeated_dim(target.dims) && !tensor->dims.empty()
                           ? repeated_dim(target.dims)
                           : repeated_dim(tensor->dims);
    if (!missing && !twice) continue;
    auto report = e.report(location, Message::dims_do_not_align, symbol, e.text(a), e.text(b));
    if (missing) {
      report.note(fmt::format("dim {} of the {} operand is not a dim of the {}",
                              e.text_with_value(*missing), ordinals[std::min<std::size_t>(i, 3)],
                              ordinals[std::min<std::size_t>(largest, 3)]));
      const auto namesake = std::ranges::find(target.dims, missing->value(), &Dim::value);
      if (namesake != target.dims.end())
        report.note(
            fmt::format("{} has the same size, but is another dim", e.text_with_value(*namesake)));
    } else {
      report.note(fmt::format("dim {} occurs twice, so names do not say which axis is meant",
                              e.text_with_value(*twice)));
    }
    return false;
  }
  return true;
}

struct CommonType {
  ir::DType dtype;
  bool is_weak;
};

/// The element type that operands from `first` on are computed in.
std::optional<CommonType> common_type(Elaboration& e, std::span<const Value> operands,
                                      Location location, std::string_view symbol) {
  const Tensor* strong = nullptr;
  bool has_weak = false;
  for (const Value& operand : operands) {
    const Tensor* tensor = operand.get_if<Tensor>();
    if (!tensor) continue;
    has_weak |= tensor->is_weak;
    if (tensor->is_weak) continue;
    if (strong && strong->dtype() != tensor->dtype())
      return e
          .report(location, Message::element_types_differ, symbol, e.text(*strong), e.text(*tensor))
          .note(fmt::format("convert one of them, as in `{}(x)`",
                            ir::is_float(strong->dtype()) ? strong->dtype() : tensor->dtype()));
    strong = tensor;
  }
  if (strong) return CommonType{strong->dtype(), false};
  if (has_weak) return CommonType{ir::DType::f64, true};
  const bool are_truths =
      std::ranges::all_of(operands, [](const Value& value) { return value.is<bool>(); });
  return CommonType{are_truths ? ir::DType::boolean : element_type(e, ir::DType::f32), false};
}

struct OperatorRule {
  ast::BinaryOperator written;
  const ir::Op* op;
  std::string_view symbol;
  bool is_swapped = false;
};

const OperatorRule* find_rule(ast::BinaryOperator written) {
  using enum ast::BinaryOperator;
  static const OperatorRule rules[] = {
      {add, &ir::op::add, "+"},          {subtract, &ir::op::sub, "-"},
      {multiply, &ir::op::mul, "*"},     {divide, &ir::op::div, "/"},
      {remainder, &ir::op::rem, "%"},    {power, &ir::op::pow, "^"},
      {equal, &ir::op::eq, "=="},        {not_equal, &ir::op::ne, "!="},
      {less, &ir::op::lt, "<"},          {less_equal, &ir::op::le, "<="},
      {greater, &ir::op::lt, ">", true}, {greater_equal, &ir::op::le, ">=", true},
  };
  const auto* const found = std::ranges::find(rules, written, &OperatorRule::written);
  return found == std::end(rules) ? nullptr : found;
}

}  // namespace

Value apply_elementwise(Elaboration& e, const ir::Op& op, std::span<const Value> given,
                        Location location, std::string_view symbol,
                        const ir::Attributes& attributes) {
  e.locate(location);
  if (std::ranges::any_of(given, &Value::is_poison)) return Poison{};
  for (const Value& value : given)
    if (!is_operand(value)) {
      e.report(location, Message::cannot_take, symbol, e.text(value));
      return Poison{};
    }
  if (std::ranges::all_of(given, &Value::is_static))
    return fold(e, op, given, location, symbol, attributes);

  std::vector<Value> operands(given.begin(), given.end());
  std::size_t largest = operands.size();
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (operands[i].is<List>()) {
      const auto tensor = to_tensor(e, operands[i], location);
      if (!tensor) return Poison{};
      operands[i] = *tensor;
    }
    const Tensor* tensor = operands[i].get_if<Tensor>();
    const bool is_larger =
        tensor && (largest == operands.size() ||
                   tensor->dims.size() > operands[largest].get_if<Tensor>()->dims.size());
    if (is_larger) largest = i;
  }
  if (!check_alignment(e, operands, largest, location, symbol)) return Poison{};

  const std::size_t first = &op == &ir::op::select ? 1 : 0;  // its condition has a type of its own
  const auto common = common_type(e, std::span(operands).subspan(first), location, symbol);
  if (!common) return Poison{};
  const DimList dims = operands[largest].get_if<Tensor>()->dims;
  std::vector<ir::Value> values;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const auto converted = frontend::converted(
        e, operands[i], i < first ? ir::DType::boolean : common->dtype, dims, location);
    if (!converted) return Poison{};
    values.push_back(converted->value);
  }
  const auto result = ir::try_append(e.graph(), op, values, attributes, e.diagnostics);
  if (!result) return Poison{};
  const Tensor out{*result, dims, common->is_weak && ir::is_float(result->dtype())};
  watch_activation(e, op, out, location);
  return out;
}

Value apply_elementwise(Elaboration& e, const ir::Op& op, std::initializer_list<Value> operands,
                        Location location) {
  return apply_elementwise(e, op, std::span(operands.begin(), operands.size()), location, op.name);
}

Value apply_binary(Elaboration& e, ast::BinaryOperator written, const Value& left,
                   const Value& right, Location location) {
  const OperatorRule* const rule = find_rule(written);
  const std::string *a = left.get_if<std::string>(), *b = right.get_if<std::string>();
  if (a && b && (rule->op == &ir::op::eq || rule->op == &ir::op::ne))
    return (*a == *b) == (rule->op == &ir::op::eq);
  const Value operands[] = {rule->is_swapped ? right : left, rule->is_swapped ? left : right};
  return apply_elementwise(e, *rule->op, operands, location, rule->symbol);
}

}  // namespace gradc::frontend
