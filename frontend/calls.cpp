#include "frontend/calls.h"

#include <algorithm>

#include "frontend/axes.h"
#include "frontend/builtins.h"
#include "frontend/conversions.h"
#include "frontend/expressions.h"
#include "frontend/layers.h"
#include "frontend/operators.h"
#include "frontend/watch.h"
#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::frontend {

namespace {

/// How deeply calls may nest.
constexpr int max_call_depth = 200;

void report_count(Elaboration& e, Location location, std::string_view callee, std::string takes,
                  std::size_t got) {
  e.report(location, Message::argument_count, callee, takes, got);
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
  if (!frame) return Poison{};
  const WatchPause pause(e, e.is_library(declaration.name.location));
  Value value = evaluate(e, body, *declaration.value);
  watch_function(e, declaration.name.text, value, site.location);
  return value;
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
