#include "frontend/expressions.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "frontend/axes.h"
#include "frontend/builtins.h"
#include "frontend/calls.h"
#include "frontend/foreign.h"
#include "frontend/operators.h"
#include "frontend/sequences.h"
#include "frontend/storages.h"
#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::frontend {

namespace {

/// How deeply expressions may nest, calls included: every level takes stack.
constexpr int max_expression_depth = 2500;

/// Names that mean something without a declaration.
struct SpecialName {
  std::string_view name;
  Value (*value)(Elaboration&, Location);
};

Value training(Elaboration& e, Location) { return e.is_training; }
Value pi(Elaboration&, Location) { return std::numbers::pi; }

constexpr SpecialName special_names[] = {
    {"training", training},
    {"step", step_number},
    {"fan_in", fan_in},
    {"fan_out", fan_out},
    {"pi", pi},
};

/// A value found by its name, if it can be used here.
Value usable(Elaboration& e, const Value& value, std::string_view name, Location location) {
  if (const Deferred* deferred = value.get_if<Deferred>()) {
    if (e.target) return evaluate(e, *deferred->scope, *deferred->expression);
    return defer(e, location);
  }
  const Tensor* tensor = value.get_if<Tensor>();
  if (tensor && &tensor->value.graph() != &e.graph()) {
    e.report(location, Message::value_of_another_entry, name);
    return Poison{};
  }
  return value;
}

Value look_up(Elaboration& e, const Scope& scope, std::string_view name, Location location) {
  if (name.find('.') != std::string_view::npos) return storage_reference(e, scope, name, location);
  if (const Value* value = find(scope, name)) return usable(e, *value, name, location);
  const auto* const special = std::ranges::find(special_names, name, &SpecialName::name);
  if (special != std::end(special_names)) return special->value(e, location);
  if (const Builtin* builtin = find_builtin(name)) return builtin;
  if (const ir::Op* op = find_function(name)) return op;
  if (const auto dtype = ir::find_dtype(name)) return *dtype;
  report_unknown(e, scope, name, location);
  return Poison{};
}

Value dim_overflow(Elaboration& e, const ast::Expr& expr) {
  e.report(expr.location, Message::integer_overflow, "dim");
  return Poison{};
}

std::optional<Dim> divide(Elaboration& e, const Dim& a, const Dim& b, Division division,
                          const ast::Expr& expr) {
  if (b.value() == 0) return e.report(expr.location, Message::division_by_zero);
  const bool is_even = b.value() == -1 || a.value() % b.value() == 0;
  if (division == Division::is_exact && !is_even && !e.is_rehearsal)
    return e.report(expr.location, Message::dim_not_divisible, e.text_with_value(a),
                    e.text_with_value(b));
  const auto quotient = e.dims.divide(a, b);
  if (!quotient) dim_overflow(e, expr);
  return quotient;
}

std::optional<Dim> evaluate_binary_dim(Elaboration& e, const Scope& scope, const ast::Expr& expr,
                                       const ast::Binary& binary, Division division) {
  using enum ast::BinaryOperator;
  const auto a = evaluate_dim(e, scope, *binary.left, division);
  const auto b = evaluate_dim(e, scope, *binary.right, division);
  if (!a || !b) return std::nullopt;
  if (binary.op == divide) return frontend::divide(e, *a, *b, division, expr);
  const auto result = binary.op == add        ? e.dims.add(*a, *b)
                      : binary.op == subtract ? e.dims.subtract(*a, *b)
                                              : e.dims.multiply(*a, *b);
  if (!result) dim_overflow(e, expr);
  return result;
}

bool is_dim_operator(ast::BinaryOperator op) {
  using enum ast::BinaryOperator;
  return op == add || op == subtract || op == multiply || op == divide;
}

/// The axis that an index goes along: the one named, the only one, or the one that it is written
/// with: `x[T-1]`.
std::optional<std::size_t> indexed_axis(Elaboration& e, const Scope& scope, const Tensor& x,
                                        const ast::Expr& expr, const ast::Index& index,
                                        const Dim& at) {
  if (!index.over.empty()) {
    const auto over = evaluate_dims(e, scope, index.over);
    const auto axes = over ? axes_of(e, x, *over, index.over.front().location) : std::nullopt;
    if (!axes) return std::nullopt;
    if (axes->size() == 1) return static_cast<std::size_t>(axes->front());
  }
  const auto is_named = [&](const Dim& dim) { return shares_name(at, dim); };
  const auto named = std::ranges::find_if(x.dims, is_named);
  if (index.over.empty() && std::ranges::count_if(x.dims, is_named) == 1)
    return static_cast<std::size_t>(named - x.dims.begin());
  if (index.over.empty() && x.dims.size() == 1) return 0;
  const std::string base(written_text(index.base->location)),
      written(written_text(index.index->location));
  if (x.dims.empty())
    return e.report(expr.location, Message::cannot_take, "[...]", "a single number");
  return e.report(expr.location, Message::index_needs_dim, e.text(x),
                  fmt::format("{}[{} over {}]", base, written, e.text(x.dims.front())));
}

Value element_of_tensor(Elaboration& e, const Scope& scope, const ast::Expr& expr,
                        const ast::Index& index, const Tensor& x) {
  if (evaluate(e, scope, *index.index).is<Tensor>()) {
    e.report(index.index->location, Message::static_value_expected, "an index",
             "a whole number known at compile time", "a tensor")
        .note("`gather(table, ids)` takes rows by computed numbers");
    return Poison{};
  }
  const auto at = evaluate_dim(e, scope, *index.index, Division::is_exact);
  if (!at) return Poison{};
  const auto axis = indexed_axis(e, scope, x, expr, index, *at);
  return axis ? place(e, x, *axis, *at, expr.location) : Poison{};
}

Value element_of(Elaboration& e, const Scope& scope, const ast::Expr& expr,
                 const ast::Index& index) {
  if (auto element = element_of_sequence(e, scope, expr, index)) return std::move(*element);
  const Value base = evaluate(e, scope, *index.base);
  if (base.is_poison()) return Poison{};
  if (const Tensor* tensor = base.get_if<Tensor>())
    return element_of_tensor(e, scope, expr, index, *tensor);
  const List* list = base.get_if<List>();
  if (!list) {
    e.report(expr.location, Message::cannot_take, "[...]", e.text(base));
    return Poison{};
  }
  const auto at = evaluate_integer(e, scope, *index.index, "an index");
  if (!at) return Poison{};
  if (*at < 0 || *at >= std::ssize(list->items)) {
    e.report(expr.location, Message::index_outside_list, *at, list->items.size());
    return Poison{};
  }
  return list->items[static_cast<std::size_t>(*at)];
}

struct Evaluate {
  Elaboration& e;
  const Scope& scope;
  const ast::Expr& expr;
  std::string_view instance_name;

  Value operator()(const ast::Invalid&) const { return Poison{}; }
  Value operator()(const ast::IntegerLiteral& literal) const {
    return Dim::constant(literal.value);
  }
  Value operator()(const ast::FloatLiteral& literal) const { return literal.value; }
  Value operator()(const ast::BooleanLiteral& literal) const { return literal.value; }
  Value operator()(const ast::StringLiteral& literal) const { return literal.value; }
  Value operator()(const ast::ListLiteral& literal) const {
    List list;
    for (const auto& element : literal.elements) list.items.push_back(evaluate(e, scope, *element));
    if (std::ranges::any_of(list.items, &Value::is_poison)) return Poison{};
    return list;
  }
  Value operator()(const ast::Several& several) const {
    Tuple tuple;
    for (const auto& value : several.values) tuple.items.push_back(evaluate(e, scope, *value));
    return tuple;
  }
  Value operator()(const ast::Reference& reference) const {
    return look_up(e, scope, reference.name, expr.location);
  }
  Value operator()(const ast::Negation& negation) const {
    const Value operand = evaluate(e, scope, *negation.operand);
    return apply_elementwise(e, ir::op::neg, std::span(&operand, 1), expr.location, "-");
  }
  Value operator()(const ast::Binary& binary) const {
    const Value left = evaluate(e, scope, *binary.left);
    const Value right = evaluate(e, scope, *binary.right);
    if (binary.op == ast::BinaryOperator::matmul)
      return matrix_product(e, left, right, binary.op_location);
    return apply_binary(e, binary.op, left, right, binary.op_location);
  }
  Value operator()(const ast::Conditional& conditional) const {
    const auto condition =
        evaluate_condition(e, scope, *conditional.condition, "the condition of `if`");
    if (!condition) return Poison{};
    return evaluate(e, scope, *condition ? *conditional.then_value : *conditional.else_value,
                    instance_name);
  }
  Value operator()(const ast::Call& call) const {
    return evaluate_call(e, scope, expr, call, instance_name);
  }
  Value operator()(const ast::Pipe& pipe) const { return evaluate_pipe(e, scope, expr, pipe); }
  Value operator()(const ast::Index& index) const { return element_of(e, scope, expr, index); }
  Value operator()(const ast::View& written) const {
    const Value value = evaluate(e, scope, *written.value);
    const auto dims = evaluate_dims(e, scope, written.dims);
    return dims ? view(e, value, *dims, expr.location) : Poison{};
  }
};

/// What a name stands for in the innermost scope that knows it; null if none does.
template <typename Names>
const typename Names::mapped_type* innermost(const Scope& scope, Names Scope::* names,
                                             std::string_view name) {
  for (const Scope* at = &scope; at; at = at->parent)
    if (const auto found = (at->*names).find(name); found != (at->*names).end())
      return &found->second;
  return nullptr;
}

/// A name that stands for nothing, where a dim was meant.
bool is_undeclared_dim(Elaboration& e, const Scope& scope, const ast::Expr& expr) {
  const auto* const reference = std::get_if<ast::Reference>(&expr.node);
  if (!reference || reference->name.find('.') != std::string::npos) return false;
  const bool is_known = find(scope, reference->name) || find_builtin(reference->name) ||
                        find_function(reference->name) || ir::find_dtype(reference->name) ||
                        std::ranges::find(special_names, reference->name, &SpecialName::name) !=
                            std::end(special_names);
  if (is_known) return false;
  e.report(expr.location, Message::unknown_name, reference->name)
      .note(fmt::format("`dim {} = ...` declares a dim", reference->name));
  return true;
}

}  // namespace

Value evaluate(Elaboration& e, const Scope& scope, const ast::Expr& expr,
               std::string_view instance_name) {
  if (e.expression_depth >= max_expression_depth) {
    e.report(expr.location, Message::recursion_too_deep, max_expression_depth);
    e.has_given_up = true;
    return Poison{};
  }
  ++e.expression_depth;
  Value value = std::visit(Evaluate{e, scope, expr, instance_name}, expr.node);
  --e.expression_depth;
  return value;
}

std::optional<double> evaluate_number(Elaboration& e, const Scope& scope, const ast::Expr& expr,
                                      std::string_view what) {
  const Value value = evaluate(e, scope, expr);
  if (value.is_poison()) return std::nullopt;
  if (const auto number = value.number()) return number;
  return e.report(expr.location, Message::static_value_expected, what,
                  "a number known at compile time", e.text(value));
}

std::optional<std::int64_t> evaluate_integer(Elaboration& e, const Scope& scope,
                                             const ast::Expr& expr, std::string_view what) {
  const Value value = evaluate(e, scope, expr);
  if (value.is_poison()) return std::nullopt;
  if (const Dim* integer = value.get_if<Dim>()) return integer->value();
  return e.report(expr.location, Message::static_value_expected, what,
                  "a whole number known at compile time", e.text(value));
}

std::optional<bool> evaluate_condition(Elaboration& e, const Scope& scope, const ast::Expr& expr,
                                       std::string_view what) {
  const Value value = evaluate(e, scope, expr);
  if (value.is_poison()) return std::nullopt;
  if (const bool* truth = value.get_if<bool>()) return *truth;
  auto report = e.report(expr.location, Message::static_value_expected, what,
                         "true or false at compile time", e.text(value));
  if (value.is<Tensor>()) report.note("`select(condition, a, b)` chooses element by element");
  return std::nullopt;
}

std::optional<Dim> evaluate_dim(Elaboration& e, const Scope& scope, const ast::Expr& expr,
                                Division division) {
  const auto* const binary = std::get_if<ast::Binary>(&expr.node);
  if (binary && is_dim_operator(binary->op) && e.expression_depth < max_expression_depth) {
    ++e.expression_depth;
    auto dim = evaluate_binary_dim(e, scope, expr, *binary, division);
    --e.expression_depth;
    return dim;
  }
  if (is_undeclared_dim(e, scope, expr)) return std::nullopt;
  const Value value = evaluate(e, scope, expr);
  if (value.is_poison()) return std::nullopt;
  if (const Dim* dim = value.get_if<Dim>()) return *dim;
  return e.report(expr.location, Message::dim_expected, e.text(value));
}

std::optional<DimList> evaluate_dims(Elaboration& e, const Scope& scope,
                                     std::span<const ast::Dim> written) {
  DimList dims;
  bool are_good = true;
  for (const ast::Dim& item : written) {
    if (item.is_ellipsis()) {
      const DimList* found = innermost(scope, &Scope::ellipses, item.ellipsis_name);
      are_good &= found != nullptr;
      if (!found) {
        e.report(item.location, Message::unknown_ellipsis, item.ellipsis_name);
      } else {
        dims.insert(dims.end(), found->begin(), found->end());
      }
      continue;
    }
    const auto dim = evaluate_dim(e, scope, *item.extent, Division::rounds_down);
    if (dim && dim->value() < 0)
      e.report(item.location, Message::dim_is_negative, e.text(*dim), dim->value());
    are_good &= dim && dim->value() >= 0;
    if (dim) dims.push_back(*dim);
  }
  return are_good ? std::optional(dims) : std::nullopt;
}

void report_unknown(Elaboration& e, const Scope& scope, std::string_view name, Location location) {
  std::vector<std::string> candidates;
  for (const Scope* at = &scope; at; at = at->parent)
    for (const auto& [known, value] : at->names) candidates.push_back(known);
  for (const SpecialName& special : special_names) candidates.emplace_back(special.name);
  for (const ir::Op* op : ir::all_ops())
    if (find_function(op->name)) candidates.emplace_back(op->name);
  for (const std::string_view builtin : builtin_names()) candidates.emplace_back(builtin);
  auto report = e.report(location, Message::unknown_name, name);
  if (const Location* of_step = innermost(scope, &Scope::of_steps, name))
    report.note(*of_step, fmt::format("a value of one step, which the `seq` block keeps to itself; "
                                      "`{}[...] = ...` makes a sequence of it",
                                      name));
  else if (const auto hint = hint_for(name); !hint.empty())
    report.note(std::string(hint));
  else if (const auto meant = nearest(name, candidates))
    report.fix_it(location, *meant);
}

}  // namespace gradc::frontend
