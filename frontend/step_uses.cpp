#include "frontend/step_uses.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <span>

#include "frontend/calls.h"
#include "frontend/expressions.h"
#include "frontend/mentions.h"
#include "frontend/step_statements.h"
#include "ir/messages.h"

namespace gradc::frontend {

namespace {

class Collector {
 public:
  Collector(Elaboration& e, const ast::Seq& seq, const NameSet& names,
            std::vector<StepEquation>& equations)
      : e_(e), seq_(seq), names_(names), equations_(equations) {}

  /// False after an error.
  bool run() {
    for (std::size_t i = 0; i < equations_.size(); ++i) declare_targets(i);
    if (has_failed_) return false;
    for (std::size_t i = 0; i < equations_.size(); ++i) {
      at_ = i;
      collect(equations_[i].value());
    }
    if (seq_.where && !equations_.empty()) collect_condition(*seq_.where);
    return !has_failed_;
  }

 private:
  /// Who defines a name: one equation, or for a temporary several.
  struct Definitions {
    StepTargetKind kind;
    std::vector<std::size_t> equations;
  };

  template <typename... Arguments>
  void fail(Location location, Message message, const Arguments&... arguments) {
    e_.report(location, message, arguments...);
    has_failed_ = true;
  }

  // ---- Targets -------------------------------------------------------------------------------

  void declare_targets(std::size_t i) {
    if (const ast::Update* update = equations_[i].update)
      return declare(i, update->name, StepTargetKind::storage);
    for (const ast::Target& target : equations_[i].equation->targets) {
      const bool is_sequence = target.index != nullptr;
      if (is_sequence) check_place(i, target);
      declare(i, target.name, is_sequence ? StepTargetKind::sequence : StepTargetKind::temporary);
    }
  }

  void declare(std::size_t i, const ast::Name& name, StepTargetKind kind) {
    Definitions& known = definitions_.try_emplace(name.text, Definitions{kind, {}}).first->second;
    const bool is_new = known.equations.empty();
    const bool is_anew = kind == StepTargetKind::temporary && known.kind == kind && !is_new &&
                         known.equations.back() != i;
    if (!is_new && !is_anew)
      fail(name.location,
           kind == StepTargetKind::storage && known.kind == kind ? Message::updated_twice
                                                                 : Message::duplicate_name,
           name.text);
    const std::string key =
        is_anew ? fmt::format("{}#{}", name.text, known.equations.size()) : name.text;
    known.equations.push_back(i);
    equations_[i].targets.push_back({name.text, key, kind, name.location});
  }

  void check_place(std::size_t i, const ast::Target& target) {
    const StepOffset at = offset_of(e_, *equations_[i].locals, *target.index, seq_.step.text);
    if (at.names_step && !at.offset)
      has_failed_ = true;  // which has been reported
    else if (at.offset != 0)
      fail(target.index->location, Message::not_a_step, written_text(target.index->location),
           fmt::format("an equation in this block is about the step `{}`", seq_.step.text));
  }

  // ---- Uses ----------------------------------------------------------------------------------

  void collect(const ast::Expr& expr) {
    if (const auto* reference = std::get_if<ast::Reference>(&expr.node))
      return collect_plain(expr, reference->name);
    if (const auto* choice = std::get_if<ast::Conditional>(&expr.node))
      return collect_chosen(*choice);
    const auto* index = std::get_if<ast::Index>(&expr.node);
    const auto* base = index ? std::get_if<ast::Reference>(&index->base->node) : nullptr;
    const auto found = base ? definitions_.find(base->name) : definitions_.end();
    if (found != definitions_.end() && found->second.kind == StepTargetKind::sequence)
      return collect_element(expr, base->name, *index);
    if (found != definitions_.end() && mentions(*index->index, seq_.step.text)) {
      e_.report(expr.location, Message::cannot_take, "[...]", "a value of this step")
          .note("only a sequence can be read step by step");
      has_failed_ = true;
      return;
    }
    for_children(expr, [&](const ast::Expr& child) { collect(child); });
  }

  /// What decides whether a sequence goes on is used by all equations.
  void collect_condition(const ast::Expr& condition) {
    at_ = 0;
    std::vector<StepUse>& uses = equations_.front().uses;
    const std::size_t first = uses.size();
    collect(condition);
    const std::vector<StepUse> found(uses.begin() + static_cast<std::ptrdiff_t>(first), uses.end());
    for (const StepUse& use : found)
      if (use.offset == 0)
        fail(use.location, Message::not_a_step, use.text,
             "of what the block computes, `where` can only look at other steps");
    for (StepEquation& equation : std::span(equations_).subspan(1))
      equation.uses.insert(equation.uses.end(), found.begin(), found.end());
  }

  /// Of a choice that is static only the chosen part is used.
  void collect_chosen(const ast::Conditional& choice) {
    const auto holds = static_condition(e_, *equations_[at_].locals, *choice.condition, names_,
                                        "the condition of `if`");
    has_failed_ |= !holds;
    if (holds) collect(*holds ? *choice.then_value : *choice.else_value);
  }

  void collect_plain(const ast::Expr& expr, const std::string& name) {
    const auto found = definitions_.find(name);
    if (found == definitions_.end()) return;
    const Definitions& definitions = found->second;
    if (definitions.kind == StepTargetKind::sequence)
      return fail(expr.location, Message::sequence_without_step, name,
                  step_text(name, seq_.step.text, 0));
    if (definitions.kind == StepTargetKind::storage) return use(expr, name, name, -1, name, true);
    const auto definition = definition_above(definitions.equations);
    if (!definition) return fail(expr.location, Message::defined_below, name);
    use(expr, name, key_of(*definition, name), 0, name, true);
  }

  /// The only definition, or the nearest one above.
  std::optional<std::size_t> definition_above(const std::vector<std::size_t>& equations) const {
    if (equations.size() == 1) return equations.front();
    const auto below = std::ranges::lower_bound(equations, at_);
    if (below == equations.begin()) return std::nullopt;
    return *std::prev(below);
  }

  const std::string& key_of(std::size_t equation, const std::string& name) const {
    return std::ranges::find(equations_[equation].targets, name, &StepTarget::name)->key;
  }

  void collect_element(const ast::Expr& expr, const std::string& name, const ast::Index& index) {
    const StepOffset at = offset_of(e_, *equations_[at_].locals, *index.index, seq_.step.text);
    if (at.offset)
      use(expr, name, name, *at.offset, step_text(name, seq_.step.text, *at.offset), false);
    else if (at.names_step)
      has_failed_ = true;
    else
      fail(index.index->location, Message::not_a_step, written_text(index.index->location),
           fmt::format("it is no step before or after `{}`", seq_.step.text));
  }

  void use(const ast::Expr& expr, const std::string& name, const std::string& key,
           std::int64_t offset, const std::string& text, bool is_plain) {
    equations_[at_].uses.push_back({name, key, offset, text, expr.location, is_plain});
  }

  Elaboration& e_;
  const ast::Seq& seq_;
  const NameSet& names_;
  std::vector<StepEquation>& equations_;
  std::map<std::string, Definitions, std::less<>> definitions_;
  std::size_t at_ = 0;  ///< the equation whose uses are collected
  bool has_failed_ = false;
};

}  // namespace

StepOffset offset_of(Elaboration& e, const Scope& scope, const ast::Expr& index,
                     const std::string& step) {
  if (!mentions(index, step)) return {};
  const TemporaryScope temporary(e);
  Scope& trial = e.make_scope(&scope, nullptr);
  const auto value_at = [&](std::int64_t number) {
    trial.names.insert_or_assign(step, Dim::constant(number));
    return evaluate_integer(e, trial, index, "the step");
  };
  const auto at_zero = value_at(0);
  const auto at_one = at_zero ? value_at(1) : std::nullopt;
  const auto far = at_one ? value_at(1000) : std::nullopt;
  if (!far) return {true, std::nullopt};
  if (*at_one - *at_zero == 1 && *far - *at_zero == 1000) return {true, at_zero};
  e.report(index.location, Message::not_a_step, written_text(index.location),
           fmt::format("it is no step before or after `{}`", step));
  return {true, std::nullopt};
}

std::optional<std::vector<StepEquation>> step_equations(Elaboration& e, Scope& scope,
                                                        const ast::Seq& seq) {
  const NameSet names = names_of_step(seq);
  auto equations = unfold_block(e, scope, seq, names);
  if (!equations || !Collector(e, seq, names, *equations).run()) return std::nullopt;
  return equations;
}

}  // namespace gradc::frontend
