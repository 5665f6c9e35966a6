#include "frontend/sequences.h"

#include <utility>

#include "frontend/conversions.h"
#include "frontend/expressions.h"
#include "frontend/sequence_step.h"
#include "frontend/statements.h"
#include "frontend/step_uses.h"
#include "ir/messages.h"

namespace gradc::frontend {

std::optional<Value> element_of_sequence(Elaboration& e, const Scope& scope, const ast::Expr& expr,
                                         const ast::Index& index) {
  for (const Scope* s = &scope; s; s = s->parent)
    if (s->step) return s->step->read(e, scope, expr, index);
  return std::nullopt;
}

void declare_start(Elaboration& e, Scope& scope, const ast::Equation& equation) {
  const ast::Target& target = equation.targets.front();
  if (equation.targets.size() != 1) {
    e.report(target.location, Message::not_supported, "several start values in one equation");
    return;
  }
  const auto place = evaluate_integer(e, scope, *target.index, "the place of a start value");
  const Value value = evaluate(e, scope, *equation.value);
  const auto tensor = to_strong_tensor(e, value, equation.value->location);
  if (place && tensor) scope.starts[target.name.text].insert_or_assign(*place, *tensor);
}

void run_sequence(Elaboration& e, Scope& scope, const ast::Seq& seq, Location location) {
  poison_targets(scope, seq.body);
  const Value* axis = find(scope, seq.axis.text);
  const Dim* dim = axis ? axis->get_if<Dim>() : nullptr;
  if (!dim) {
    if (!axis || !axis->is_poison()) report_unknown(e, scope, seq.axis.text, seq.axis.location);
    return;
  }
  auto equations = step_equations(e, scope, seq);
  if (!equations) return;
  const auto recurrences = find_recurrences(*equations, seq.step.text, e.diagnostics);
  if (!recurrences) return;
  SequenceBlock block{e, scope, seq, location, *dim, std::move(*equations)};
  for (const Recurrence& recurrence : *recurrences)
    if (!run_recurrence(block, recurrence)) return;
  for (const StepEquation& equation : block.equations)
    for (const ast::Target& target : equation.equation->targets) {
      if (target.index) assign(e, scope, target, block.as_value(target.name.text));
    }
}

}  // namespace gradc::frontend
