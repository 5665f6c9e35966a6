#include "frontend/builtin_functions.h"

#include <algorithm>

#include "frontend/axes.h"
#include "frontend/conversions.h"
#include "frontend/expressions.h"
#include "frontend/operators.h"
#include "frontend/prune.h"
#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::frontend::builtin {

Value grad(Elaboration& e, const CallSite& site) {
  const auto loss = tensor_argument(e, site, 0);
  if (!loss) return Poison{};
  const auto is_ellipsis = [](const ast::Dim& item) { return item.is_ellipsis(); };
  if (site.over.empty() || std::ranges::any_of(site.over, is_ellipsis))
    return misused(e, site, "grad");
  const std::vector<bool> reached = needed(e.graph(), {loss->value.id()});
  Tuple out;
  for (const ast::Dim& item : site.over) {
    const auto x = to_tensor(e, evaluate(e, site.scope, *item.extent), item.location);
    if (!x) return Poison{};
    const std::size_t node = ir::index(x->value.id());
    if (node >= reached.size() || !reached[node]) {
      e.report(item.location, Message::no_dependence, written_text(site.arguments[0].location),
               written_text(item.location));
      return Poison{};
    }
    e.locate(site.location);
    const ir::Value operands[] = {loss->value, x->value};
    const auto gradient = ir::try_append(e.graph(), ir::op::gradient, operands, {}, e.diagnostics);
    if (!gradient) return Poison{};
    out.items.emplace_back(Tensor{*gradient, x->dims});
  }
  return out.items.size() == 1 ? out.items.front() : Value(out);
}

/// The sum of squares of the parameters whose names match.
Value l2(Elaboration& e, const CallSite& site) {
  const std::string* pattern = site.arguments[0].value.get_if<std::string>();
  if (!pattern) return misused(e, site, "l2");
  Value total = Poison{};
  bool is_first = true;
  const std::vector<ReadSlot> slots = e.active->slots;
  for (const ReadSlot& slot : slots) {
    const bool is_param =
        ir::storage_of(e.graph(), slot.tensor.value.id()) == ir::StorageClass::param;
    if (!is_param || !matches(*pattern, slot.name)) continue;
    const Value part = sum_of_squares(slot.tensor);
    total = is_first ? part : apply_binary(e, ast::BinaryOperator::add, total, part, site.location);
    is_first = false;
  }
  // After a mistake there are fewer parameters than the model says.
  if (is_first && !e.diagnostics.has_errors())
    e.report(site.location, Message::no_parameter_matches, *pattern);
  return total;
}

}  // namespace gradc::frontend::builtin
