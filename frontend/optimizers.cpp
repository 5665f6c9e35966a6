#include "frontend/optimizers.h"

#include <algorithm>

#include "frontend/axes.h"
#include "frontend/calls.h"
#include "frontend/expressions.h"
#include "frontend/operators.h"
#include "frontend/prune.h"
#include "frontend/statements.h"
#include "frontend/watch.h"
#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::frontend {

namespace {

bool is_within(std::string_view slot, std::string_view owner) {
  return slot.starts_with(owner) && (slot.size() == owner.size() || slot[owner.size()] == '.');
}

/// Parameters whose slots the loss depends on, in order of declaration.
std::vector<ReadSlot> trainable(Elaboration& e, const Tensor& loss) {
  const std::vector<bool> reached = needed(e.graph(), {loss.value.id()});
  std::vector<ReadSlot> out;
  for (const ReadSlot& slot : e.active->slots) {
    const ir::NodeId input = slot.tensor.value.id();
    if (ir::storage_of(e.graph(), input) == ir::StorageClass::param && reached[ir::index(input)])
      out.push_back(slot);
  }
  return out;
}

bool is_known(const Elaboration& e, const Scope& model, const std::string& name) {
  const auto owns = [&](const ReadSlot& slot) { return is_within(slot.name, name); };
  return model.naming->claimed.contains(name) || std::ranges::any_of(e.active->slots, owns);
}

void report_not_an_instance(Elaboration& e, const Scope& model, const ast::Name& name) {
  std::vector<std::string> instances;
  std::string list;
  for (const auto& [known, location] : model.naming->claimed) {
    instances.push_back(known);
    list += (list.empty() ? "" : ", ") + known;
  }
  auto report = e.report(name.location, Message::not_an_instance, name.text);
  report.note("instances here: " + (list.empty() ? "none" : list));
  if (const auto meant = nearest(name.text, instances)) report.fix_it(name.location, *meant);
}

bool are_known(Elaboration& e, const Scope& model, const ast::Step& step) {
  bool all = true;
  for (const ast::Name& name : step.over) {
    if (is_known(e, model, name.text)) continue;
    report_not_an_instance(e, model, name);
    all = false;
  }
  return all;
}

/// A pattern that stands for nothing, with what there is.
void report_no_match(Elaboration& e, const ast::Text& pattern, std::span<const ReadSlot> slots) {
  if (e.diagnostics.has_errors()) return;  // there are fewer parameters than the model says
  constexpr std::size_t most = 8;
  std::string names;
  for (std::size_t i = 0; i < std::min(most, slots.size()); ++i)
    names += (i > 0 ? ", " : "") + slots[i].name;
  if (slots.size() > most) names += ", ...";
  e.report(pattern.location, Message::no_parameter_matches, pattern.text)
      .note("parameters here: " + (names.empty() ? "none" : names));
}

/// What `over … except …` leaves of the slots.
std::vector<ReadSlot> chosen(Elaboration& e, const ast::Step& step, std::vector<ReadSlot> slots) {
  for (const ast::Text& pattern : step.except) {
    const auto is_meant = [&](const ReadSlot& slot) { return matches(pattern.text, slot.name); };
    // It may leave out what the loss does not depend on.
    if (std::ranges::none_of(e.active->slots, is_meant)) report_no_match(e, pattern, slots);
  }
  std::erase_if(slots, [&](const ReadSlot& slot) {
    const auto owns = [&](const ast::Name& name) { return is_within(slot.name, name.text); };
    const auto excludes = [&](const ast::Text& pattern) {
      return matches(pattern.text, slot.name);
    };
    return (!step.over.empty() && std::ranges::none_of(step.over, owns)) ||
           std::ranges::any_of(step.except, excludes);
  });
  if (slots.empty()) e.report(step.name.location, Message::nothing_to_train, step.name.text);
  return slots;
}

std::optional<double> clip_limit(Elaboration& e, const Scope& model, const ast::Expr& expr,
                                 std::string_view clause) {
  const auto limit = evaluate_number(e, model, expr, clause);
  if (!limit || *limit > 0) return limit;
  return e.report(expr.location, Message::static_value_expected, clause, "a number above 0",
                  fmt::format("{}", *limit));
}

/// All gradients together as one vector get no longer than the limit. As in PyTorch, a little is
/// added to the length, so that runs can be compared to the last digit.
void clip_norm(Elaboration& e, std::vector<Value>& gradients, double limit, Location location) {
  constexpr double little = 1e-6;
  Value total = 0.0;
  for (const Value& gradient : gradients)
    total = apply_binary(e, ast::BinaryOperator::add, total,
                         sum_of_squares(*gradient.get_if<Tensor>()), location);
  const Value norm = apply_elementwise(e, ir::op::sqrt, {total}, location);
  const Value length = apply_binary(e, ast::BinaryOperator::add, norm, little, location);
  const Value ratio = apply_binary(e, ast::BinaryOperator::divide, limit, length, location);
  const Value scale = apply_elementwise(e, ir::op::min, {ratio, 1.0}, location);
  watch_clip(e, scale, location);
  for (Value& gradient : gradients)
    gradient = apply_binary(e, ast::BinaryOperator::multiply, gradient, scale, location);
}

void clip_value(Elaboration& e, std::vector<Value>& gradients, double limit, Location location) {
  for (Value& gradient : gradients) {
    const Value above = apply_elementwise(e, ir::op::max, {gradient, -limit}, location);
    gradient = apply_elementwise(e, ir::op::min, {above, limit}, location);
  }
}

/// `using adam(lr = 1e-3, decay = 0.1 on "*.w")`
struct OptimizerUse {
  OptimizerClass optimizer;
  std::vector<Argument> arguments;
  Location location;
};

std::optional<OptimizerUse> optimizer_use(Elaboration& e, const Scope& model, const ast::Expr& expr,
                                          const std::vector<ReadSlot>& slots) {
  const auto* const call = std::get_if<ast::Call>(&expr.node);
  if (!call) return std::nullopt;
  const Value callee = evaluate(e, model, *call->callee);
  std::vector<Argument> arguments = evaluate_arguments(e, model, call->arguments);
  const OptimizerClass* optimizer = callee.get_if<OptimizerClass>();
  if (!optimizer) {
    if (!callee.is_poison())
      e.report(call->callee->location, Message::not_an_optimizer, e.text(callee));
    return std::nullopt;
  }
  for (const Argument& argument : arguments) {
    const auto& on = argument.written->on;
    const auto is_meant = [&](const ReadSlot& slot) { return matches(on->text, slot.name); };
    if (on && !slots.empty() && std::ranges::none_of(slots, is_meant))
      report_no_match(e, *on, slots);
  }
  return OptimizerUse{*optimizer, std::move(arguments), expr.location};
}

/// The optimizer's body for one parameter and its gradient.
void update_parameter(Elaboration& e, const OptimizerUse& use, const ReadSlot& slot,
                      const Value& gradient) {
  const ast::Optimizer& declaration = *use.optimizer.declaration;
  if (e.wrong_definitions.contains(&declaration.name)) return;
  const auto owner = e.optimizer_owners.try_emplace(slot.name, e.entry_name).first;
  const bool is_owner = owner->second == e.entry_name;
  Naming& naming =
      e.namings.emplace_back(Naming{is_owner ? slot.name : join(e.entry_name, slot.name)});
  Scope& body = e.make_scope(use.optimizer.scope, &naming);
  std::vector<Argument> arguments;
  for (const Argument& argument : use.arguments)
    if (!argument.written || !argument.written->on ||
        matches(argument.written->on->text, slot.name))
      arguments.push_back(argument);
  const std::string& name = declaration.name.text;
  if (!bind_arguments(e, name, declaration.parameters, arguments, use.location, body)) return;

  const CallFrame frame(e, name, use.location, declaration.name.location);
  if (!frame) return;
  const OptimizedParameter optimized{slot.name, slot.tensor.dtype(), slot.tensor.dims,
                                     e.entry_name};
  e.optimized = &optimized;
  body.names.insert_or_assign(declaration.parameter.text, slot.tensor);
  body.names.insert_or_assign(declaration.gradient.text, gradient);
  body.slots.insert_or_assign(declaration.parameter.text, slot);
  run(e, body, declaration.body);
  e.optimized = nullptr;
}

}  // namespace

std::vector<std::string> append_updates(Elaboration& e, const Scope& model, const ast::Step& step,
                                        const std::optional<Tensor>& loss) {
  std::vector<ReadSlot> slots;
  if (are_known(e, model, step) && loss) slots = chosen(e, step, trainable(e, *loss));
  const auto use = optimizer_use(e, model, *step.optimizer, slots);
  std::optional<double> norm_limit, value_limit;
  if (step.clip_norm) norm_limit = clip_limit(e, model, *step.clip_norm, "`clip_norm`");
  if (step.clip_value) value_limit = clip_limit(e, model, *step.clip_value, "`clip_value`");
  if (!use || !loss) return {};

  e.locate(step.loss->location);
  std::vector<Value> gradients;
  for (const ReadSlot& slot : slots)
    gradients.emplace_back(Tensor{ir::gradient(loss->value, slot.tensor.value), slot.tensor.dims});
  watch_parameters(e, slots, gradients);
  if (value_limit) clip_value(e, gradients, *value_limit, step.clip_value->location);
  if (norm_limit) clip_norm(e, gradients, *norm_limit, step.clip_norm->location);

  std::vector<std::string> names;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    update_parameter(e, *use, slots[i], gradients[i]);
    names.push_back(slots[i].name);
  }
  return names;
}

void rehearse_update(Elaboration& e, const OptimizerClass& optimizer) {
  Building building;
  building.counter = "step";
  e.active = &building;
  e.is_training = true;
  e.entry_name = "check";
  OptimizerUse use{optimizer, {}, optimizer.declaration->name.location};
  for (const ast::Parameter& parameter : optimizer.declaration->parameters)
    if (!parameter.default_value) use.arguments.push_back({parameter.name.text, 0.5, use.location});
  const DimList dims = {e.dims.symbol("I", 6), e.dims.symbol("O", 4)};
  const ir::Type type{element_type(e, ir::DType::f32), shape_of(dims)};
  const auto tensor = [&](const char* name, ir::StorageClass storage) {
    return Tensor{ir::input(building.graph, name, type, storage), dims};
  };
  const ReadSlot slot{"p", tensor("p", ir::StorageClass::param)};
  building.slots.push_back(slot);
  update_parameter(e, use, slot, tensor("g", ir::StorageClass::input));
}

}  // namespace gradc::frontend
