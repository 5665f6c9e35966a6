#include "frontend/operators.h"

#include <algorithm>
#include <cmath>

#include "ir/evaluate.h"
#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::frontend {

namespace {

/// Integers that a double holds exactly.
constexpr double largest_integer = 9007199254740992.0;

bool fits(double number, ir::DType dtype) {
  if (ir::is_float(dtype)) return true;
  struct Range {
    double low, high;
  };
  const Range range = dtype == ir::DType::u8    ? Range{0, 255}
                      : dtype == ir::DType::i32 ? Range{-2147483648.0, 2147483647.0}
                                                : Range{-largest_integer, largest_integer};
  return dtype != ir::DType::boolean && number == std::floor(number) && number >= range.low &&
         number <= range.high;
}

bool is_operand(const Value& value) {
  return value.is_static() || value.is<Tensor>() || value.is<List>();
}

// ---- numbers known now ----------------------------------------------------------------------

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

// ---- tensors --------------------------------------------------------------------------------

/// The dim of `dims` that occurs twice.
const Dim* repeated(const DimList& dims) {
  for (std::size_t i = 0; i < dims.size(); ++i)
    if (std::find(dims.begin(), dims.begin() + static_cast<std::ptrdiff_t>(i), dims[i]) !=
        dims.begin() + static_cast<std::ptrdiff_t>(i))
      return &dims[i];
  return nullptr;
}

std::optional<Dim> missing_from(const DimList& dims, const DimList& larger) {
  for (const Dim& dim : dims)
    if (std::ranges::find(larger, dim) == larger.end()) return dim;
  return std::nullopt;
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
    const auto missing = missing_from(tensor->dims, target.dims);
    const Dim* twice = repeated(target.dims) && !tensor->dims.empty() ? repeated(target.dims)
                                                                      : repeated(tensor->dims);
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

/// A number as an element of a tensor type.
std::optional<double> element(Elaboration& e, const Value& value, ir::DType dtype,
                              Location location) {
  const bool* truth = value.get_if<bool>();
  const double number = truth ? (*truth ? 1 : 0) : value.number().value_or(0);
  if (truth ? dtype == ir::DType::boolean : fits(number, dtype)) return number;
  return e.report(location, Message::number_does_not_fit, e.text(value), dtype);
}

/// `value` with the dims of the target; it can be aligned.
std::optional<Tensor> operand(Elaboration& e, const Value& value, ir::DType dtype,
                              const DimList& dims, Location location) {
  const Tensor* tensor = value.get_if<Tensor>();
  if (!tensor) {
    const auto number = element(e, value, dtype, location);
    return number ? std::optional(filled(e, dtype, dims, *number)) : std::nullopt;
  }
  if (tensor->is_weak && !ir::is_float(dtype) && dtype != tensor->dtype())
    return e.report(location, Message::number_does_not_fit, e.text(*tensor), dtype);
  return aligned(e, tensor->is_weak ? cast(e, *tensor, dtype) : *tensor, dims);
}

/// Numbers of a list, outermost first; every level has one length.
bool flatten(Elaboration& e, const Value& value, std::size_t level,
             std::vector<std::int64_t>& shape, std::vector<double>& numbers, Location location) {
  const List* list = value.get_if<List>();
  if (!list) {
    const auto number = value.number();
    if (!number || level != shape.size()) {
      e.report(location, Message::list_not_regular);
      return false;
    }
    numbers.push_back(*number);
    return true;
  }
  const auto length = std::ssize(list->items);
  if (level == shape.size() && numbers.empty()) shape.push_back(length);
  if (level >= shape.size() || shape[level] != length) {
    e.report(location, Message::list_not_regular);
    return false;
  }
  return std::ranges::all_of(list->items, [&](const Value& item) {
    return flatten(e, item, level + 1, shape, numbers, location);
  });
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

Tensor filled(Elaboration& e, ir::DType dtype, const DimList& dims, double number) {
  return {ir::splat(e.graph(), {dtype, shape_of(dims)}, number), dims};
}

Tensor cast(Elaboration&, const Tensor& tensor, ir::DType dtype) {
  if (tensor.dtype() == dtype) return {tensor.value, tensor.dims};
  return {ir::cast(tensor.value, dtype), tensor.dims};
}

Tensor aligned(Elaboration&, const Tensor& x, const DimList& dims) {
  if (x.dims == dims) return x;
  std::vector<std::int64_t> axes;
  for (const Dim& dim : x.dims) axes.push_back(std::ranges::find(dims, dim) - dims.begin());
  return {ir::broadcast(x.value, shape_of(dims), axes), dims, x.is_weak};
}

Value apply_elementwise(Elaboration& e, const ir::Op& op, std::span<const Value> given,
                        Location location, std::string_view symbol, ir::Attributes attributes) {
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
    const auto converted =
        operand(e, operands[i], i < first ? ir::DType::boolean : common->dtype, dims, location);
    if (!converted) return Poison{};
    values.push_back(converted->value);
  }
  const auto result = ir::try_append(e.graph(), op, values, std::move(attributes), e.diagnostics);
  if (!result) return Poison{};
  return Tensor{*result, dims, common->is_weak && ir::is_float(result->dtype())};
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

std::optional<Tensor> coerce(Elaboration& e, const Value& value, ir::DType dtype,
                             const DimList& dims, Location location, std::string_view what) {
  e.locate(location);
  if (value.is_poison()) return std::nullopt;
  const std::string wanted = e.text(dtype, dims);
  if (value.is_static()) return operand(e, value, dtype, dims, location);
  const auto tensor = value.is<List>()     ? to_tensor(e, value, location)
                      : value.is<Tensor>() ? std::optional(*value.get_if<Tensor>())
                                           : std::nullopt;
  if (!tensor && value.is<List>()) return std::nullopt;
  if (!tensor) return e.report(location, Message::type_expected, what, wanted, e.text(value));
  const bool fits =
      tensor->dims == dims || (!missing_from(tensor->dims, dims) && !repeated(tensor->dims) &&
                               (tensor->dims.empty() || !repeated(dims)));
  const bool is_same_type = tensor->is_weak ? ir::is_float(dtype) : tensor->dtype() == dtype;
  if (!fits || !is_same_type) {
    auto report = e.report(location, Message::type_expected, what, wanted, e.text(*tensor));
    if (const auto missing = missing_from(tensor->dims, dims))
      report.note(fmt::format("dim {} is not a dim of {}", e.text_with_value(*missing), wanted));
    return std::nullopt;
  }
  return operand(e, *tensor, dtype, dims, location);
}

std::optional<Tensor> to_tensor(Elaboration& e, const Value& value, Location location) {
  e.locate(location);
  if (value.is_poison()) return std::nullopt;
  if (const Tensor* tensor = value.get_if<Tensor>()) return *tensor;
  if (const bool* truth = value.get_if<bool>())
    return filled(e, ir::DType::boolean, {}, *truth ? 1 : 0);
  if (const auto number = value.number()) {
    Tensor scalar = filled(e, ir::DType::f64, {}, *number);
    scalar.is_weak = true;
    return scalar;
  }
  if (!value.is<List>()) return e.report(location, Message::tensor_expected, e.text(value));
  std::vector<std::int64_t> shape;
  std::vector<double> numbers;
  if (!flatten(e, value, 0, shape, numbers, location)) return std::nullopt;
  if (numbers.empty()) return e.report(location, Message::list_not_regular);
  DimList dims;
  for (const std::int64_t extent : shape) dims.push_back(Dim::constant(extent));
  return Tensor{ir::constant(e.graph(), {ir::DType::f64, shape}, numbers), dims, true};
}

std::optional<Tensor> to_strong_tensor(Elaboration& e, const Value& value, Location location) {
  const auto tensor = to_tensor(e, value, location);
  if (!tensor || !tensor->is_weak) return tensor;
  return cast(e, *tensor, element_type(e, ir::DType::f32));
}

}  // namespace gradc::frontend
