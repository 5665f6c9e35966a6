#include "frontend/calls.h"

#include <algorithm>

#include "frontend/axes.h"
#include "frontend/builtins.h"
#include "frontend/conversions.h"
#include "frontend/expressions.h"
#include "frontend/layers.h"
#include "frontend/operators.h"
#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::frontend {

namespace {

/// How deeply calls may nest.
constexpr int max_call_depth = 200;

std::string names_of(std::span<const ast::Parameter> parameters) {
  std::string out;
  for (const ast::Parameter& parameter : parameters)
    out += (out.empty() ? "" : ", ") + parameter.name.text;
  return out.empty() ? "none" : out;
}

void report_count(Elaboration& e, Location location, std::string_view callee, std::string takes,
                  std::size_t got) {
  e.report(location, Message::argument_count, callee, takes, got);
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
      report_count(e, location, callee, counted(parameters.size(), "argument"), arguments.size());
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

/// The dims that a function works over: those that the call names, else all of the first argument,
/// or its last one if the function takes one.
std::optional<DimList> worked_over(Elaboration& e, const ast::Fn& declaration, const CallSite& site,
                                   const DimList& all) {
  if (!site.over.empty()) return evaluate_dims(e, site.scope, site.over);
  if (declaration.over->is_ellipsis() || all.empty()) return all;
  return DimList{all.back()};
}

DimList without(DimList dims, const Dim& dim) {
  std::erase(dims, dim);
  return dims;
}

/// In a function `...` stands for the dims of its first argument, and the name behind `over` for
/// the dims it works over. If that is one, `...rest` are the others.
bool bind_dims(Elaboration& e, const ast::Fn& declaration, const CallSite& site, Scope& body) {
  const std::string& name = declaration.name.text;
  if (!declaration.over && !site.over.empty()) {
    e.report(site.over.front().location, Message::over_not_taken, name);
    return false;
  }
  const Value* first = declaration.parameters.empty()
                           ? nullptr
                           : &body.names.at(declaration.parameters.front().name.text);
  if (first && first->is_poison()) return false;
  const Tensor* x = first ? first->get_if<Tensor>() : nullptr;
  if (x) body.ellipses[""] = x->dims;
  if (!declaration.over) return true;

  const auto over = worked_over(e, declaration, site, x ? x->dims : DimList());
  if (!over) return false;
  if (declaration.over->is_ellipsis()) {
    body.ellipses[declaration.over->ellipsis_name] = *over;
    return true;
  }
  if (over->size() != 1) {
    report_count(e, site.location, name, "1 dim to work over", over->size());
    return false;
  }
  const auto& reference = std::get<ast::Reference>(declaration.over->extent->node);
  body.names.insert_or_assign(reference.name, over->front());
  if (x) body.ellipses["rest"] = without(x->dims, over->front());
  return true;
}

Value call_function(Elaboration& e, const Function& function, const CallSite& site) {
  const ast::Fn& declaration = *function.declaration;
  const TemporaryScope temporary(e);
  Scope& body = e.make_scope(function.scope, site.scope.naming);
  if (!bind_arguments(e, declaration.name.text, declaration.parameters, site.arguments,
                      site.location, body) ||
      !bind_dims(e, declaration, site, body))
    return Poison{};
  const CallFrame frame(e, declaration.name.text, site.location, declaration.name.location);
  return frame ? evaluate(e, body, *declaration.value) : Poison{};
}

/// `max(x over S)` reduces, `max(x, 0)` does not.
const ir::Op& reducing(const ir::Op& op) {
  if (op.form != ir::Form::elementwise) return op;
  const ir::Op* reduction = ir::find_op(fmt::format("reduce_{}", op.name));
  return reduction ? *reduction : op;
}

bool works_over_dims(const ir::Op& op) {
  return op.form == ir::Form::reduction || op.form == ir::Form::along_axes;
}

std::string over_hint(const ir::Op& op) {
  return fmt::format("dims stand behind `over`: `{}(x over T)`", op.name);
}

Value call_op(Elaboration& e, const ir::Op& named, const CallSite& site) {
  std::vector<Value> operands;
  for (const Argument& argument : site.arguments) {
    if (!argument.name.empty()) {
      auto report =
          e.report(argument.location, Message::unknown_argument, named.name, argument.name);
      if (works_over_dims(named)) report.note(over_hint(named));
      return Poison{};
    }
    operands.push_back(argument.value);
  }
  const ir::Op& op = site.over.empty() ? named : reducing(named);
  if (operands.size() != op.operands.size()) {
    auto report = e.report(site.location, Message::argument_count, op.name,
                           counted(op.operands.size(), "argument"), operands.size());
    if (works_over_dims(op)) report.note(over_hint(op));
    return Poison{};
  }
  if (op.form == ir::Form::elementwise) {
    if (site.over.empty()) return apply_elementwise(e, op, operands, site.location, op.name);
    e.report(site.over.front().location, Message::over_not_taken, op.name);
    return Poison{};
  }
  if (site.over.empty()) return apply_over(e, op, operands[0], std::nullopt, site.location);
  const auto over = evaluate_dims(e, site.scope, site.over);
  return over ? apply_over(e, op, operands[0], over, site.location) : Poison{};
}

Value call_builtin(Elaboration& e, const Builtin& builtin, const CallSite& site) {
  const int count = static_cast<int>(site.arguments.size());
  if (!builtin.takes_over && !site.over.empty()) {
    e.report(site.over.front().location, Message::over_not_taken, builtin.name);
    return Poison{};
  }
  if (count < builtin.least || (builtin.most >= 0 && count > builtin.most)) {
    e.report(site.location, Message::argument_count, builtin.name,
             fmt::format("its arguments as in `{}`", builtin.usage), count);
    return Poison{};
  }
  if (std::ranges::any_of(site.arguments, [](const Argument& a) { return a.value.is_poison(); }))
    return Poison{};
  e.locate(site.location);
  return builtin.apply(e, site);
}

Value convert(Elaboration& e, ir::DType written, const CallSite& site) {
  if (site.arguments.size() != 1) {
    report_count(e, site.location, ir::name(written), "1 argument", site.arguments.size());
    return Poison{};
  }
  const auto x = to_tensor(e, site.arguments.front().value, site.location);
  return x ? Value(cast(e, *x, element_type(e, written))) : Poison{};
}

}  // namespace

CallFrame::CallFrame(Elaboration& e, std::string_view callee, Location call, Location declaration)
    : elaboration_(e) {
  fits_ = e.may_go_on(call);
  if (fits_ && e.call_depth >= max_call_depth) {
    e.report(call, Message::recursion_too_deep, max_call_depth);
    e.has_given_up = true;  // the callers would try again and again
    fits_ = false;
  }
  ++e.call_depth;
  is_site_ = !e.is_library(call);
  if (!is_site_) return;
  if (e.is_library(declaration)) {
    frame_.emplace(e.diagnostics, declaration, fmt::format("in `{}` of the library", callee));
  } else {
    frame_.emplace(e.diagnostics, call, fmt::format("in `{}` applied here", callee));
  }
  e.call_sites.push_back(call);
}

CallFrame::~CallFrame() {
  --elaboration_.call_depth;
  if (is_site_) elaboration_.call_sites.pop_back();
}

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

Value call(Elaboration& e, const Value& callee, const CallSite& site,
           std::string_view instance_name) {
  if (callee.is_poison()) return Poison{};
  if (const Function* function = callee.get_if<Function>())
    return call_function(e, *function, site);
  if (const LayerClass* layer = callee.get_if<LayerClass>())
    return construct(e, *layer, site, instance_name);
  for (const Argument& argument : site.arguments) {
    if (argument.value.is<Deferred>()) return defer(e, argument.location);
    if (argument.written && argument.written->on)
      e.report(argument.written->on->location, Message::on_not_taken);
  }
  if (const Instance* const* instance = callee.get_if<const Instance*>())
    return apply(e, **instance, site);
  if (const ir::Op* const* op = callee.get_if<const ir::Op*>()) return call_op(e, **op, site);
  if (const Builtin* const* builtin = callee.get_if<const Builtin*>())
    return call_builtin(e, **builtin, site);
  if (const ir::DType* dtype = callee.get_if<ir::DType>()) return convert(e, *dtype, site);
  e.report(site.location, Message::not_callable, e.text(callee));
  return Poison{};
}

Value evaluate_call(Elaboration& e, const Scope& scope, const ast::Expr& expr,
                    const ast::Call& written, std::string_view instance_name) {
  const Value callee = evaluate(e, scope, *written.callee, instance_name);
  if (callee.is_poison()) return Poison{};  // what its arguments mean is not known
  CallSite site{scope, expr.location, evaluate_arguments(e, scope, written.arguments),
                written.over};
  return call(e, callee, site, instance_name);
}

/// `x |> f(y)` is `f(x, y)`, and `x |> Dense(8)` is `Dense(8)(x)`.
Value evaluate_pipe(Elaboration& e, const Scope& scope, const ast::Expr&, const ast::Pipe& pipe) {
  const Value x = evaluate(e, scope, *pipe.value);
  const Location location = pipe.stage->location;
  const Argument first{{}, x, pipe.value->location};
  const auto* const staged = std::get_if<ast::Call>(&pipe.stage->node);
  if (!staged) {
    const Value callee = evaluate(e, scope, *pipe.stage);
    const LayerClass* layer = callee.get_if<LayerClass>();
    if (!layer) return call(e, callee, {scope, location, {first}});
    const std::string& name = layer->declaration->name.text;
    e.report(location, Message::layer_without_arguments, name).fix_it(location, name + "()");
    return Poison{};
  }
  const Value callee = evaluate(e, scope, *staged->callee);
  CallSite site{scope, location, evaluate_arguments(e, scope, staged->arguments), staged->over};
  if (callee.is<LayerClass>()) return call(e, call(e, callee, site), {scope, location, {first}});
  site.arguments.insert(site.arguments.begin(), first);
  return call(e, callee, site);
}

}  // namespace gradc::frontend
