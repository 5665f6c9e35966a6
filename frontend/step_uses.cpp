#include "frontend/step_uses.h"

#include <algorithm>
#include <functional>
#include <set>

#include "frontend/expressions.h"
#include "ir/messages.h"

namespace gradc::frontend {

namespace {

using Visit = std::function<void(const ast::Expr&)>;

/// The expressions directly within an expression.
struct Children {
  const Visit& visit;

  void all(const std::vector<ast::ExprPtr>& expressions) const {
    for (const ast::ExprPtr& expression : expressions) visit(*expression);
  }
  void dims(const std::vector<ast::Dim>& dims) const {
    for (const ast::Dim& dim : dims)
      if (dim.extent) visit(*dim.extent);
  }

  void operator()(const ast::ListLiteral& list) const { all(list.elements); }
  void operator()(const ast::Several& several) const { all(several.values); }
  void operator()(const ast::Negation& negation) const { visit(*negation.operand); }
  void operator()(const ast::Binary& binary) const {
    visit(*binary.left);
    visit(*binary.right);
  }
  void operator()(const ast::Conditional& choice) const {
    visit(*choice.condition);
    visit(*choice.then_value);
    visit(*choice.else_value);
  }
  void operator()(const ast::Call& call) const {
    visit(*call.callee);
    for (const ast::Argument& argument : call.arguments) visit(*argument.value);
    dims(call.over);
  }
  void operator()(const ast::Index& index) const {
    visit(*index.base);
    visit(*index.index);
    dims(index.over);
  }
  void operator()(const ast::View& view) const {
    visit(*view.value);
    dims(view.dims);
  }
  void operator()(const ast::Pipe& pipe) const {
    visit(*pipe.value);
    visit(*pipe.stage);
  }
  void operator()(const auto&) const {}  // leaves
};

void for_children(const ast::Expr& expr, const Visit& visit) {
  std::visit(Children{visit}, expr.node);
}

bool mentions(const ast::Expr& expr, std::string_view name) {
  const auto* reference = std::get_if<ast::Reference>(&expr.node);
  if (reference) return reference->name == name;
  bool out = false;
  for_children(expr, [&](const ast::Expr& child) { out = out || mentions(child, name); });
  return out;
}

class Collector {
 public:
  Collector(Elaboration& e, const Scope& scope, const ast::Seq& seq)
      : e_(e), scope_(scope), seq_(seq) {}

  std::optional<std::vector<StepEquation>> run() {
    std::vector<StepEquation> out;
    for (const ast::Stmt& stmt : seq_.body.statements) {
      const auto* equation = std::get_if<ast::Equation>(&stmt.node);
      if (!equation) {
        fail(stmt.location, Message::not_supported, "anything but an equation in `seq`");
        continue;
      }
      for (const ast::Target& target : equation->targets) declare(target);
      out.push_back({equation, {}});
    }
    for (StepEquation& equation : out) collect(*equation.equation->value, equation.uses);
    return has_failed_ ? std::nullopt : std::optional(std::move(out));
  }

 private:
  template <typename... Arguments>
  void fail(Location location, Message message, const Arguments&... arguments) {
    e_.report(location, message, arguments...);
    has_failed_ = true;
  }

  void declare(const ast::Target& target) {
    const std::string& name = target.name.text;
    if (!names_.insert(name).second) fail(target.name.location, Message::duplicate_name, name);
    if (!target.index) return;
    sequences_.insert(name);
    const StepOffset at = offset_of(e_, scope_, *target.index, seq_.step.text);
    if (at.names_step && !at.offset)
      has_failed_ = true;  // which has been reported
    else if (at.offset != 0)
      fail(target.index->location, Message::not_a_step, written_text(target.index->location),
           fmt::format("an equation in this block is about the step `{}`", seq_.step.text));
  }

  void collect(const ast::Expr& expr, std::vector<StepUse>& uses) {
    const auto* reference = std::get_if<ast::Reference>(&expr.node);
    if (reference && names_.contains(reference->name)) {
      if (sequences_.contains(reference->name))
        return fail(expr.location, Message::sequence_without_step, reference->name,
                    step_text(reference->name, seq_.step.text, 0));
      uses.push_back({reference->name, 0, expr.location});
    }
    const auto* index = std::get_if<ast::Index>(&expr.node);
    const auto* base = index ? std::get_if<ast::Reference>(&index->base->node) : nullptr;
    const bool is_temporary =
        base && names_.contains(base->name) && !sequences_.contains(base->name);
    if (is_temporary && mentions(*index->index, seq_.step.text)) {
      e_.report(expr.location, Message::cannot_take, "[...]", "a value of this step")
          .note("only a sequence can be read step by step");
      has_failed_ = true;
      return;
    }
    if (base && sequences_.contains(base->name)) {
      const StepOffset at = offset_of(e_, scope_, *index->index, seq_.step.text);
      if (at.offset)
        uses.push_back({base->name, *at.offset, expr.location});
      else if (at.names_step)
        has_failed_ = true;
      else
        fail(index->index->location, Message::not_a_step, written_text(index->index->location),
             fmt::format("it is no step before or after `{}`", seq_.step.text));
      return;
    }
    for_children(expr, [&](const ast::Expr& child) { collect(child, uses); });
  }

  Elaboration& e_;
  const Scope& scope_;
  const ast::Seq& seq_;
  std::set<std::string> names_, sequences_;
  bool has_failed_ = false;
};

}  // namespace

StepOffset offset_of(Elaboration& e, const Scope& scope, const ast::Expr& index,
                     const std::string& step) {
  if (!mentions(index, step)) return {};
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

std::optional<std::vector<StepEquation>> step_equations(Elaboration& e, const Scope& scope,
                                                        const ast::Seq& seq) {
  return Collector(e, scope, seq).run();
}

}  // namespace gradc::frontend
