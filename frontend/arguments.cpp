#include "frontend/arguments.h"

#include <algorithm>

#include "frontend/expressions.h"
#include "ir/messages.h"

namespace gradc::frontend {

namespace {

std::string names_of(std::span<const ast::Parameter> parameters) {
  std::string out;
  for (const ast::Parameter& parameter : parameters)
    out += (out.empty() ? "" : ", ") + parameter.name.text;
  return out.empty() ? "none" : out;
}

bool has_kind(const Value& value, ast::ParameterKind kind) {
  using enum ast::ParameterKind;
  if (kind == dim || kind == integer) return value.is<Dim>();
  if (kind == real) return value.number().has_value() || value.is<Tensor>();
  if (kind == function)
    return value.is<Function>() || value.is<const ir::Op*>() || value.is<const Builtin*>() ||
           value.is<const Instance*>();
  return true;
}

std::string_view kind_name(ast::ParameterKind kind) {
  using enum ast::ParameterKind;
  return kind == dim       ? "a dim"
         : kind == integer ? "a whole number"
         : kind == real    ? "a number"
                           : "a function";
}

const ast::Parameter* find_parameter(Elaboration& e, std::string_view callee,
                                     std::span<const ast::Parameter> parameters,
                                     const Argument& argument) {
  const auto found = std::ranges::find(parameters, argument.name,
                                       [](const ast::Parameter& p) { return p.name.text; });
  if (found != parameters.end()) return &*found;
  std::vector<std::string> names;
  for (const ast::Parameter& parameter : parameters) names.push_back(parameter.name.text);
  const Location where = argument.written && argument.written->name
                             ? argument.written->name->location
                             : argument.location;
  auto report = e.report(where, Message::unknown_argument, callee, argument.name);
  report.note("it has: " + names_of(parameters));
  if (const auto meant = nearest(argument.name, names)) report.fix_it(where, *meant);
  return nullptr;
}

/// The parameter that each argument is for; null where there is none, which has been reported.
std::optional<std::vector<const ast::Parameter*>> matched(
    Elaboration& e, std::string_view callee, std::span<const ast::Parameter> parameters,
    std::span<const Argument> arguments, Location location) {
  std::vector<const ast::Parameter*> out;
  bool are_good = true;
  std::size_t position = 0;
  for (const Argument& argument : arguments) {
    const ast::Parameter* parameter = nullptr;
    if (!argument.name.empty()) {
      parameter = find_parameter(e, callee, parameters, argument);
    } else if (position < parameters.size()) {
      parameter = &parameters[position++];
    } else {
      e.report(location, Message::argument_count, callee, counted(parameters.size(), "argument"),
               arguments.size());
      return std::nullopt;
    }
    are_good &= parameter != nullptr;
    if (parameter && std::ranges::find(out, parameter) != out.end()) {
      e.report(argument.location, Message::argument_repeated, callee, parameter->name.text);
      are_good = false;
    }
    out.push_back(parameter);
  }
  return are_good ? std::optional(out) : std::nullopt;
}

bool bind_one(Elaboration& e, std::string_view callee, const ast::Parameter& parameter, Value value,
              Location location, Scope& scope) {
  if (!value.is_poison() && !value.is<Deferred>() && !has_kind(value, parameter.kind)) {
    e.report(location, Message::argument_kind, parameter.name.text, callee,
             kind_name(parameter.kind), e.text(value));
    return false;
  }
  scope.names.insert_or_assign(parameter.name.text, std::move(value));
  return true;
}

}  // namespace

bool bind_arguments(Elaboration& e, std::string_view callee,
                    std::span<const ast::Parameter> parameters, std::span<const Argument> arguments,
                    Location location, Scope& scope) {
  const auto match = matched(e, callee, parameters, arguments, location);
  if (!match) return false;
  bool are_good = true;
  for (std::size_t i = 0; i < arguments.size(); ++i)
    are_good &= bind_one(e, callee, *(*match)[i], arguments[i].value, arguments[i].location, scope);
  for (const ast::Parameter& parameter : parameters) {
    if (std::ranges::find(*match, &parameter) != match->end()) continue;
    if (!parameter.default_value) {
      e.report(location, Message::argument_missing, callee, parameter.name.text)
          .note("it has: " + names_of(parameters));
      are_good = false;
      continue;
    }
    Value value = evaluate_argument(e, scope, *parameter.default_value);
    are_good &=
        bind_one(e, callee, parameter, std::move(value), parameter.default_value->location, scope);
  }
  return are_good;
}

Value evaluate_argument(Elaboration& e, const Scope& scope, const ast::Expr& expr) {
  if (e.target) return evaluate(e, scope, expr);  // what it initialises is known
  const bool could_defer = std::exchange(e.may_defer, true);
  const bool had_to_defer = std::exchange(e.must_defer, false);
  Value value = evaluate(e, scope, expr);
  if (e.must_defer) {
    value = Deferred{&expr, &scope};
    ++e.deferrals;
  }
  e.may_defer = could_defer;
  e.must_defer = had_to_defer;
  return value;
}

std::vector<Argument> evaluate_arguments(Elaboration& e, const Scope& scope,
                                         std::span<const ast::Argument> written) {
  std::vector<Argument> out;
  for (const ast::Argument& argument : written)
    out.push_back({argument.name ? argument.name->text : std::string(),
                   evaluate_argument(e, scope, *argument.value), argument.location, &argument});
  return out;
}

}  // namespace gradc::frontend
