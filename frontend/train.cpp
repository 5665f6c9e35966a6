#include <algorithm>

#include "frontend/data.h"
#include "frontend/expressions.h"
#include "ir/messages.h"

namespace gradc::frontend {

namespace {

TrainAction action(const ast::Action& written) {
  using Kind = TrainAction::Kind;
  const Kind kind = written.kind == ast::ActionKind::step   ? Kind::step
                    : written.kind == ast::ActionKind::eval ? Kind::eval
                    : written.kind == ast::ActionKind::save ? Kind::save
                    : written.kind == ast::ActionKind::draw ? Kind::draw
                                                            : Kind::reset;
  TrainAction out{kind, {}, written.location};
  for (const ast::Name& name : written.names) out.names.push_back(name.text);
  return out;
}

/// The names of the model's entries of one kind, in order.
template <typename Entry>
std::vector<std::string> names_of(const ast::Block& model) {
  std::vector<std::string> names;
  for (const ast::Stmt& stmt : model.statements)
    if (const auto* entry = std::get_if<Entry>(&stmt.node)) names.push_back(entry->name.text);
  return names;
}

/// Reports a name that is none of the model's entries of that kind, which messages call `kind`.
template <typename Entry>
void check_entry(Elaboration& e, const ast::Block& model, const ast::Action& written,
                 Message message, std::string_view kind) {
  const std::string& name = written.names.front().text;
  const std::vector<std::string> names = names_of<Entry>(model);
  if (std::ranges::find(names, name) != names.end()) return;
  e.report(written.location, message, name)
      .note(fmt::format("{} here: {}", kind,
                        names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "))));
}

/// A whole number that is at least `least`.
std::optional<std::int64_t> count(Elaboration& e, const Scope& scope, const ast::Expr& expr,
                                  std::string_view what, std::int64_t least) {
  const auto number = evaluate_integer(e, scope, expr, what);
  if (!number || *number >= least) return number;
  return e.report(expr.location, Message::static_value_expected, what,
                  fmt::format("at least {}", least), fmt::format("the number {}", *number));
}

TrainSchedule schedule(Elaboration& e, const Scope& scope, const ast::Block& model,
                       const ast::Each& each) {
  TrainSchedule out{
      each.unit == ast::Unit::epoch ? TrainSchedule::Unit::epoch : TrainSchedule::Unit::batch,
      1,
      {}};
  if (each.count) out.every = count(e, scope, *each.count, "the count of `each`", 1).value_or(1);
  for (const ast::Action& written : each.actions) {
    out.actions.push_back(action(written));
    if (written.kind == ast::ActionKind::draw)
      check_entry<ast::Export>(e, model, written, Message::nothing_to_draw, "exports");
    if (written.kind == ast::ActionKind::step)
      check_entry<ast::Step>(e, model, written, Message::unknown_step, "steps");
    const bool is_for_epochs =
        written.kind == ast::ActionKind::eval || written.kind == ast::ActionKind::save;
    if (is_for_epochs && out.unit == TrainSchedule::Unit::batch)
      e.report(written.location, Message::action_outside_epoch,
               written.kind == ast::ActionKind::eval ? "eval" : "save");
  }
  return out;
}

void read_train(Elaboration& e, const Scope& scope, const ast::Block& model,
                const ast::Train& train, Location location) {
  if (e.model.train) {
    e.report(location, Message::duplicate_name, "train");
    return;
  }
  TrainPlan plan;
  plan.location = location;
  if (e.model.data.size() == 1) plan.data = e.model.data.front().name;
  if (train.data) {
    plan.data = train.data->name.text;
    if (!e.model.find_data(plan.data))
      e.report(train.data->name.location, Message::unknown_data, plan.data);
    if (train.data->holdout) {
      const ast::Expr& written = *train.data->holdout;
      plan.holdout = evaluate_number(e, scope, written, "`holdout`").value_or(0);
      if (!(plan.holdout >= 0 && plan.holdout < 1))
        e.report(written.location, Message::static_value_expected, "`holdout`",
                 "at least 0 and below 1", fmt::format("the number {}", plan.holdout));
    }
  }
  if (train.epochs) plan.epochs = count(e, scope, *train.epochs, "`epochs`", 0).value_or(1);
  if (train.batches) plan.batches = count(e, scope, *train.batches, "`batches`", 1);
  if (train.seed)
    plan.seed = static_cast<std::uint64_t>(count(e, scope, *train.seed, "`seed`", 0).value_or(0));
  for (const ast::Each& each : train.each)
    plan.schedules.push_back(schedule(e, scope, model, each));
  e.model.train = std::move(plan);
}

}  // namespace

void elaborate_train(Elaboration& e, const ModelRun& run, const ast::Block& model) {
  Building scratch;
  e.active = &scratch;
  for (const ast::Stmt& stmt : model.statements)
    if (const auto* train = std::get_if<ast::Train>(&stmt.node))
      read_train(e, *run.scope, model, *train, stmt.location);
}

}  // namespace gradc::frontend
