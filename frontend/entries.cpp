#include "frontend/entries.h"

#include <algorithm>

#include "frontend/conversions.h"
#include "frontend/declarations.h"
#include "frontend/expressions.h"
#include "frontend/optimizers.h"
#include "frontend/prune.h"
#include "frontend/statements.h"
#include "frontend/storages.h"
#include "frontend/watch.h"
#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::frontend {

namespace {

constexpr std::string_view initialisation_name = "init";
constexpr std::string_view evaluation_name = "evaluate";

void declare_model_parameter(Elaboration& e, Scope& scope, const ast::Parameter& parameter) {
  const bool is_dim = parameter.kind == ast::ParameterKind::dim;
  const std::string& name = parameter.name.text;
  const auto given = e.overrides.find(name);
  Value value = Poison{};
  if (given != e.overrides.end()) {
    e.used_overrides.insert(name);
    value = Dim::constant(given->second);
  } else if (parameter.default_value) {
    value = evaluate(e, scope, *parameter.default_value);
  } else {
    e.report(parameter.name.location, Message::dim_without_value, name, name);
  }
  const Dim* number = value.get_if<Dim>();
  if (is_dim && !number && !value.is_poison())
    e.report(parameter.default_value->location, Message::dim_expected, e.text(value));
  if (number && is_dim) value = e.dims.symbol(name, number->value());
  scope.names.insert_or_assign(name, value);
}

/// Metrics can be named by `eval` and by exports.
void bind_metrics(Elaboration& e, const ModelSource& source, Scope& scope) {
  for (const ast::Stmt& stmt : source.model->body.statements)
    if (const auto* metric = std::get_if<ast::Metric>(&stmt.node))
      scope.names.insert_or_assign(metric->name.text, evaluate(e, scope, *metric->value));
}

/// Updates that happen in this entry: the last one of every slot, among those that belong to it.
std::map<std::string, ir::Value> commits(const Elaboration& e, const Building& building,
                                         ir::EntryKind kind,
                                         const std::vector<EntryResult>& results) {
  std::vector<ir::NodeId> ids;
  for (const EntryResult& result : results) ids.push_back(result.value.id());
  // What an optimizer makes of a gradient belongs to the step, and so does what it depends on.
  if (kind == ir::EntryKind::step)
    for (const PendingUpdate& update : building.updates)
      if (!update.application) ids.push_back(update.value.value.id());
  const std::vector<bool> reached = needed(building.graph, ids);

  std::map<std::string, ir::Value> out;
  for (const PendingUpdate& update : building.updates) {
    const auto is_reached = [&](ir::NodeId n) { return static_cast<bool>(reached[ir::index(n)]); };
    const bool is_applied =
        !update.application ||
        std::ranges::any_of(building.applications[*update.application], is_reached);
    // An export carries on only what it reads.
    const bool is_read = is_reached(building.find_slot(update.slot)->value.id());
    const bool happens = kind == ir::EntryKind::step ? is_applied : is_applied && is_read;
    // Evaluation goes through streams too, but changes nothing that is saved.
    const bool is_state =
        e.model.program.find_storage(update.slot)->storage_class == ir::StorageClass::state;
    if (happens && (is_state || kind != ir::EntryKind::evaluate))
      out.insert_or_assign(update.slot, update.value.value);
  }
  return out;
}

/// A counter goes on if the entry depends on it; a step's always.
void count_call(Elaboration& e, Building& building, ir::EntryKind kind,
                const std::vector<EntryResult>& results,
                std::map<std::string, ir::Value>& commits) {
  if (building.counter.empty()) return;
  std::vector<ir::NodeId> ids;
  for (const EntryResult& result : results) ids.push_back(result.value.id());
  const Tensor* counter = building.find_slot(building.counter);
  const bool is_used = counter && needed(building.graph, ids)[ir::index(counter->value.id())];
  if (kind == ir::EntryKind::step || is_used)
    commits.insert_or_assign(building.counter, read_counter(e, building.counter) + 1);
}

std::vector<std::string> dim_texts(const Elaboration& e, const DimList& dims) {
  std::vector<std::string> out;
  for (const Dim& dim : dims) out.push_back(e.text(dim));
  return out;
}

/// What the caller must give, and what its axes are called.
std::vector<ir::EntryInput> entry_inputs(Elaboration& e, const Building& building,
                                         const ir::Graph& graph) {
  std::vector<ir::EntryInput> out;
  for (const ir::NodeId input : ir::inputs(graph)) {
    if (ir::storage_of(graph, input) != ir::StorageClass::input) continue;
    const std::string& name = graph[input].name;
    const auto known = std::ranges::find(building.inputs, name, &ModelInput::name);
    out.push_back({name, known == building.inputs.end() ? std::vector<std::string>()
                                                        : dim_texts(e, known->tensor.dims)});
  }
  return out;
}

void name_dims(Elaboration& e, const Building& building) {
  for (ir::Storage& slot : e.model.program.storage)
    if (const Tensor* tensor = building.find_slot(slot.name); tensor && slot.dim_names.empty())
      slot.dim_names = dim_texts(e, tensor->dims);
}

std::optional<Tensor> loss_of(Elaboration& e, const Scope& scope, const ast::Expr& expr) {
  const auto loss = to_strong_tensor(e, evaluate(e, scope, expr), expr.location);
  if (!loss || (loss->dims.empty() && ir::is_float(loss->dtype()))) return loss;
  return e.report(expr.location, Message::loss_not_scalar, e.text(*loss))
      .note("`mean(...)` or `sum(...)` makes one number of it");
}

/// The name of an entry must be its own.
bool claim_entry(Elaboration& e, const ast::Name& name) {
  const bool is_taken = name.text == initialisation_name || name.text == evaluation_name ||
                        e.model.program.find_entry(name.text);
  if (is_taken) e.report(name.location, Message::entry_name_taken, name.text);
  return !is_taken;
}

std::optional<EntryResult> scalar_result(Elaboration& e, const std::string& name,
                                         const Value& value, Location location) {
  auto tensor = to_strong_tensor(e, value, location);
  if (!tensor) return std::nullopt;
  if (!tensor->dims.empty())
    return e.report(location, Message::not_a_scalar, name, e.text(*tensor))
        .note("`mean(...)` or `sum(...)` makes one number of it");
  if (!ir::is_float(tensor->dtype())) tensor = cast(e, *tensor, element_type(e, ir::DType::f32));
  return EntryResult{name, tensor->value};
}

}  // namespace

void run_model(Elaboration& e, const ModelSource& source, ModelRun& run_, std::string entry_name,
               bool is_training) {
  e.active = &run_.building;
  e.is_training = is_training;
  e.entry_name = std::move(entry_name);
  e.application = std::nullopt;
  Naming& naming = e.namings.emplace_back();
  const Scope* file = file_scopes(e, *source.files, *source.library).back();
  run_.scope = &e.make_scope(file, &naming);
  run_.scope->is_model = true;
  for (const ast::Parameter& parameter : source.model->parameters)
    declare_model_parameter(e, *run_.scope, parameter);
  run(e, *run_.scope, source.model->body);
}

void finish_entry(Elaboration& e, Building& building, ir::EntryKind kind,
                  std::vector<EntryResult> results, const std::vector<ir::NodeId>& kept_inputs) {
  name_dims(e, building);
  auto updates = commits(e, building, kind, results);
  count_call(e, building, kind, results, updates);
  std::vector<ir::Value> values;
  std::vector<std::string> names;
  for (const EntryResult& result : results) {
    values.push_back(result.value);
    names.push_back(result.name);
  }
  for (const ir::Storage& slot : e.model.program.storage) {
    const auto update = updates.find(slot.name);
    if (update == updates.end()) continue;
    values.push_back(update->second);
    names.push_back("<-" + slot.name);
  }
  building.graph.name = e.entry_name;
  ir::return_(building.graph, values, names);
  ir::Graph graph = prune(building.graph, kept_inputs);
  auto inputs = entry_inputs(e, building, graph);
  e.model.program.entries.push_back({e.entry_name, kind, std::move(graph), std::move(inputs)});
}

/// The loss of a step and the updates of the parameters it trains.
struct StepRun {
  ModelRun model = {};
  std::optional<Tensor> loss = {};
  std::vector<std::string> parameters = {};
};

static void run_step(Elaboration& e, const ModelSource& source, const ast::Step& step,
                     StepRun& run) {
  run.model.building.counter = join(step.name.text, "step");
  run_model(e, source, run.model, step.name.text, true);
  read_counter(e, run.model.building.counter);
  run.loss = loss_of(e, *run.model.scope, *step.loss);
  run.parameters = append_updates(e, *run.model.scope, step, run.loss);
}

void elaborate_step(Elaboration& e, const ModelSource& source, const ast::Step& step) {
  if (!claim_entry(e, step.name)) return;
  StepRun run;
  run_step(e, source, step, run);
  if (!run.loss) return;
  e.model.steps.push_back({step.name.text, run.model.building.counter, run.parameters});
  finish_entry(e, run.model.building, ir::EntryKind::step, {{"loss", run.loss->value}}, {});
}

void elaborate_flow(Elaboration& e, const ModelSource& source, const ast::Step& step) {
  const auto info = std::ranges::find(e.model.steps, step.name.text, &StepInfo::name);
  if (info == e.model.steps.end() || e.diagnostics.has_errors()) return;
  Watch watch;
  StepRun run;
  run.model.building.watch = &watch;
  run_step(e, source, step, run);
  std::vector<EntryResult> results = {{"loss", run.loss->value}};
  info->flow = append_flow(e, watch, *run.loss, results);
  e.entry_name = flow_entry(step.name.text);
  finish_entry(e, run.model.building, ir::EntryKind::step, results, {});
}

void elaborate_export(Elaboration& e, const ModelSource& source, const ast::Export& entry) {
  if (!claim_entry(e, entry.name)) return;
  const auto overrides = e.overrides;
  for (const ast::Binding& with : entry.with) {
    const auto value = evaluate_integer(e, *source.library, *with.value, "the value of a dim");
    if (value) e.overrides.insert_or_assign(with.name.text, *value);
    e.used_overrides.erase(with.name.text);
  }
  ModelRun model;
  model.building.counter = join(entry.name.text, "calls");
  e.is_specialised = !entry.with.empty();
  run_model(e, source, model, entry.name.text, false);
  bind_metrics(e, source, *model.scope);
  for (const ast::Binding& with : entry.with)
    if (!e.used_overrides.contains(with.name.text))
      e.report(with.name.location, Message::unknown_dim, with.name.text);

  Scope& scope = e.make_scope(model.scope, model.scope->naming);
  std::vector<ir::NodeId> parameters;
  for (const auto& [name, type] : entry.parameters) {
    const auto input = declare_input(e, scope, name, type);
    if (input) parameters.push_back(input->value.id());
  }
  const Value value = evaluate(e, scope, *entry.value);
  std::vector<EntryResult> results;
  const Tuple* tuple = value.get_if<Tuple>();
  const std::size_t count = tuple ? tuple->items.size() : 1;
  for (std::size_t i = 0; i < count; ++i) {
    const auto tensor = to_strong_tensor(e, tuple ? tuple->items[i] : value, entry.value->location);
    const std::string& name = entry.name.text;
    if (tensor) results.push_back({tuple ? fmt::format("{}{}", name, i) : name, tensor->value});
  }
  if (results.size() == count)
    finish_entry(e, model.building, ir::EntryKind::exported, results, parameters);
  e.is_specialised = false;
  e.overrides = overrides;
}

void elaborate_evaluation(Elaboration& e, const ModelSource& source) {
  ModelRun model;
  run_model(e, source, model, std::string(evaluation_name), false);
  bind_metrics(e, source, *model.scope);
  std::vector<EntryResult> results;
  const auto add = [&](const ast::Name& name) {
    if (std::ranges::find(results, name.text, &EntryResult::name) != results.end()) return;
    const Value* value = find(*model.scope, name.text);
    if (!value) return report_unknown(e, *model.scope, name.text, name.location);
    if (auto result = scalar_result(e, name.text, *value, name.location))
      results.push_back(std::move(*result));
  };
  for (const ast::Stmt& stmt : source.model->body.statements)
    if (const auto* metric = std::get_if<ast::Metric>(&stmt.node)) {
      add(metric->name);
      e.model.metrics.push_back(metric->name.text);
    }
  for (const ast::Stmt& stmt : source.model->body.statements)
    if (const auto* train = std::get_if<ast::Train>(&stmt.node))
      for (const ast::Each& each : train->each)
        for (const ast::Action& action : each.actions)
          if (action.kind == ast::ActionKind::eval) std::ranges::for_each(action.names, add);
  if (!results.empty()) finish_entry(e, model.building, ir::EntryKind::evaluate, results, {});
}

/// Counters that no entry reads: what draws random numbers has been dropped there.
static void drop_unused_counters(Elaboration& e) {
  std::erase_if(e.model.program.storage, [&](const ir::Storage& slot) {
    const auto reads = [&](const ir::Graph& graph) {
      return std::ranges::any_of(ir::inputs(graph),
                                 [&](ir::NodeId n) { return graph[n].name == slot.name; });
    };
    return slot.storage_class == ir::StorageClass::counter && slot.name != seed_slot &&
           std::ranges::none_of(e.model.program.entries, reads, &ir::Entry::graph);
  });
}

void elaborate_initialisation(Elaboration& e) {
  drop_unused_counters(e);
  e.active = &e.initialisation;
  e.entry_name = initialisation_name;
  ir::Graph& graph = e.graph();
  std::vector<ir::Value> values;
  std::vector<std::string> names;
  for (const ir::Storage& slot : e.model.program.storage) {
    const auto value = e.initial_values.find(slot.name);
    if (value == e.initial_values.end()) continue;
    values.push_back(value->second);
    names.push_back("<-" + slot.name);
  }
  graph.name = e.entry_name;
  ir::return_(graph, values, names);
  auto& entries = e.model.program.entries;
  entries.insert(entries.begin(), {e.entry_name, ir::EntryKind::init, prune(graph, {}), {}});
}

}  // namespace gradc::frontend
