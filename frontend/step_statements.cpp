#include "frontend/step_statements.h"

#include "frontend/expressions.h"
#include "frontend/statements.h"
#include "ir/messages.h"

namespace gradc::frontend {

namespace {

void add_names(const ast::Block& block, NameSet& out) {
  for (const ast::Stmt& stmt : block.statements) {
    if (const auto* equation = std::get_if<ast::Equation>(&stmt.node))
      for (const ast::Target& target : equation->targets) out.insert(target.name.text);
    if (const auto* update = std::get_if<ast::Update>(&stmt.node)) out.insert(update->name.text);
    if (const auto* loop = std::get_if<ast::For>(&stmt.node)) add_names(loop->body, out);
    const auto* const branch = std::get_if<ast::If>(&stmt.node);
    if (branch) add_names(branch->then_body, out);
    if (branch && branch->else_body) add_names(*branch->else_body, out);
  }
}

struct Unfolding {
  Elaboration& e;
  const NameSet& names;
  std::vector<StepEquation> equations = {};
  bool has_failed = false;

  /// The statements, with the loop variables and dims of `locals` around them.
  void run(const ast::Block& block, Scope& locals) {
    for (const ast::Stmt& stmt : block.statements)
      if (e.may_go_on(stmt.location))
        std::visit([&](const auto& node) { take(node, stmt.location, locals); }, stmt.node);
      else
        has_failed = true;
  }

 private:
  void take(const ast::Equation& equation, Location, Scope& locals) {
    equations.push_back({.equation = &equation, .locals = &locals});
  }

  void take(const ast::Update& update, Location, Scope& locals) {
    equations.push_back({.update = &update, .locals = &locals});
  }

  void take(const ast::DimDeclaration& dim, Location, Scope& locals) {
    declare_dim(e, locals, dim, false);
  }

  void take(const ast::If& branch, Location, Scope& locals) {
    const auto condition =
        static_condition(e, locals, *branch.condition, names, "the condition of `if`");
    has_failed |= !condition;
    if (condition && *condition) run(branch.then_body, locals);
    if (condition && !*condition && branch.else_body) run(*branch.else_body, locals);
  }

  void take(const ast::For& loop, Location location, Scope& locals) {
    const auto first = evaluate_integer(e, locals, *loop.first, "the start of `for`");
    const auto last = evaluate_integer(e, locals, *loop.last, "the end of `for`");
    has_failed |= !first || !last;
    if (has_failed) return;
    for (std::int64_t i = *first; i < *last && e.may_go_on(location); ++i) {
      Naming* const naming = naming_of_pass(e, locals.naming, loop, i);
      if (locals.naming && !naming) break;
      Scope& inside = e.make_scope(&locals, naming);
      inside.names.insert_or_assign(loop.variable.text, Dim::constant(i));
      run(loop.body, inside);
    }
    has_failed |= e.has_given_up;
  }

  void take(const ast::Assert& assertion, Location location, Scope& locals) {
    const auto holds =
        static_condition(e, locals, *assertion.condition, names, "what `assert` states");
    has_failed |= !holds;
    if (holds && !*holds)
      e.report(location, Message::assertion_failed,
               assertion.message ? assertion.message->text : "this does not hold");
  }

  void take(const ast::Storage& storage, Location location, Scope&) {
    const bool is_param = storage.kind == ast::StorageKind::param;
    const bool is_buffer = storage.kind == ast::StorageKind::buffer;
    misplaced(location,
              is_param    ? "param"
              : is_buffer ? "buffer"
                          : "state",
              "front of the `seq` block: all steps share it");
  }

  void take(const ast::Return&, Location location, Scope&) {
    misplaced(location, "return", "a layer, behind the `seq` block");
  }

  void take(const ast::Seq&, Location location, Scope&) {
    misplaced(location, "seq", "a layer of its own, which may be applied at every step");
  }

  // The parser leaves nothing else in the block.
  void take(const auto&, Location, Scope&) {}

  void misplaced(Location location, std::string_view word, std::string_view home) {
    e.report(location, Message::misplaced_statement, word, home);
    has_failed = true;
  }
};

}  // namespace

NameSet names_of_step(const ast::Seq& seq) {
  NameSet out = {seq.step.text};
  add_names(seq.body, out);
  return out;
}

std::optional<std::vector<StepEquation>> unfold_block(Elaboration& e, Scope& scope,
                                                      const ast::Seq& seq, const NameSet& names) {
  Unfolding unfolding{e, names};
  unfolding.run(seq.body, e.make_scope(&scope, scope.naming));
  if (unfolding.has_failed) return std::nullopt;
  return std::move(unfolding.equations);
}

std::optional<bool> static_condition(Elaboration& e, const Scope& scope, const ast::Expr& condition,
                                     const NameSet& names, std::string_view what) {
  const ast::Expr* about = first_mention(condition, names);
  if (!about) return evaluate_condition(e, scope, condition, what);
  return e
      .report(about->location, Message::static_value_expected, what,
              "true or false at compile time", "about a step")
      .note("`select(condition, a, b)` chooses at each step");
}

}  // namespace gradc::frontend
