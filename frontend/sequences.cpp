#include "frontend/sequences.h"

#include <utility>

#include "frontend/conversions.h"
#include "frontend/expressions.h"
#include "frontend/sequence_step.h"
#include "frontend/statements.h"
#include "frontend/step_uses.h"
#include "ir/messages.h"

namespace gradc::frontend {

namespace {

/// The dim that the steps go along.
std::optional<Dim> axis_of(Elaboration& e, const Scope& scope, const ast::Seq& seq) {
  const Value* axis = find(scope, seq.axis.text);
  if (!axis) report_unknown(e, scope, seq.axis.text, seq.axis.location);
  if (!axis || axis->is_poison()) return std::nullopt;
  if (const Dim* dim = axis->get_if<Dim>()) return *dim;
  return e.report(seq.axis.location, Message::dim_expected, e.text(*axis));
}

/// Reads how many steps no gradient leaves; false after an error.
bool find_stretch(SequenceBlock& block) {
  const ast::Expr* written = block.seq.truncate.get();
  if (!written) return true;
  Elaboration& e = block.e;
  block.stretch = evaluate_integer(e, block.scope, *written, "the length behind `truncate`");
  if (!block.stretch || *block.stretch >= 1) return block.stretch.has_value();
  e.report(written->location, Message::static_value_expected, "the length behind `truncate`",
           "at least 1", fmt::format("{}", *block.stretch));
  return false;
}

/// The keys that a recurrence defines and another one uses.
void find_shared(SequenceBlock& block, const std::vector<Recurrence>& recurrences) {
  std::map<std::string_view, std::size_t> defined_in;
  for (std::size_t number = 0; number < recurrences.size(); ++number)
    for (const std::size_t equation : recurrences[number].equations)
      for (const StepTarget& target : block.equations[equation].targets)
        defined_in[target.key] = number;
  for (std::size_t number = 0; number < recurrences.size(); ++number)
    for (const std::size_t equation : recurrences[number].equations)
      for (const StepUse& use : block.equations[equation].uses)
        if (defined_in.at(use.key) != number) block.shared.insert(use.key);
}

/// Buffers and states that the block updates may not be updated again.
bool claim_updates(Elaboration& e, Scope& scope, const std::vector<StepEquation>& equations) {
  bool is_fine = true;
  for (const StepEquation& equation : equations)
    if (equation.update) is_fine = claim_update(e, scope, equation.update->name) && is_fine;
  return is_fine;
}

/// False after an error.
bool run_block(SequenceBlock& block) {
  Elaboration& e = block.e;
  const auto recurrences = find_recurrences(block.equations, e.diagnostics);
  if (!recurrences || !claim_updates(e, block.scope, block.equations)) return false;
  find_shared(block, *recurrences);
  for (const Recurrence& recurrence : *recurrences)
    if (!run_recurrence(block, recurrence)) return false;
  for (const StepEquation& equation : block.equations)
    for (const StepTarget& target : equation.targets) {
      if (target.kind == StepTargetKind::temporary)
        block.scope.of_steps.insert_or_assign(target.name, target.location);
      if (target.kind == StepTargetKind::sequence)
        assign(e, block.scope, target.name, block.as_value(target.name));
    }
  return true;
}

}  // namespace

std::optional<Value> element_of_sequence(Elaboration& e, const Scope& scope, const ast::Expr& expr,
                                         const ast::Index& index) {
  for (const Scope* s = &scope; s; s = s->parent)
    if (s->step) return s->step->read(e, scope, expr, index);
  return std::nullopt;
}

void declare_starts(Elaboration& e, Scope& scope, const ast::Equation& equation) {
  const std::vector<Value> values = evaluate_equation(e, scope, equation, "");
  for (std::size_t i = 0; i < values.size(); ++i) {
    const ast::Target& target = equation.targets[i];
    if (!target.index) {
      assign(e, scope, target.name.text, values[i]);
      continue;
    }
    const auto place = evaluate_integer(e, scope, *target.index, "the place of a start value");
    const auto tensor = to_strong_tensor(e, values[i], equation.value->location);
    if (place && tensor)
      scope.starts[target.name.text].insert_or_assign(*place, StartValue{*tensor, target.location});
  }
}

const Tensor* find_start(Scope& scope, const std::string& name, std::int64_t place) {
  const auto starts = scope.starts.find(name);
  if (starts == scope.starts.end()) return nullptr;
  const auto found = starts->second.find(place);
  if (found == starts->second.end()) return nullptr;
  found->second.is_used = true;
  return &found->second.tensor;
}

void report_unused_starts(Elaboration& e, Scope& scope) {
  for (auto& [name, starts] : scope.starts)
    for (auto& [place, start] : starts) {
      if (start.is_used) continue;
      e.report(start.location, Message::start_not_used, written_text(start.location))
          .note(
              "start values stand before the first step, as `h[-1]`, or behind the last, as "
              "`h[T]`, as far as the equations look");
    }
}

void run_sequence(Elaboration& e, Scope& scope, const ast::Seq& seq, Location location) {
  const auto axis = axis_of(e, scope, seq);
  auto equations = axis ? step_equations(e, scope, seq) : std::nullopt;
  if (equations) {
    SequenceBlock block{e, scope, seq, location, *axis, std::move(*equations)};
    if (find_stretch(block) && run_block(block)) return;
  }
  poison_sequences(scope, seq.body);
  for (auto& [name, starts] : scope.starts)  // what the block would have read is not known
    for (auto& [place, start] : starts) start.is_used = true;
}

}  // namespace gradc::frontend
