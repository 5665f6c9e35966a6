#include "frontend/statements.h"

#include <algorithm>

#include "frontend/conversions.h"
#include "frontend/expressions.h"
#include "frontend/sequences.h"
#include "frontend/storages.h"
#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::frontend {

namespace {

/// False if the name has been declared here already, which is reported.
bool declare(Elaboration& e, Scope& scope, const ast::Name& name) {
  const auto [entry, is_new] = scope.declared.try_emplace(name.text, name.location);
  if (is_new || entry->second == name.location) return true;  // a loop comes by again
  e.report(name.location, Message::duplicate_name, name.text)
      .note(entry->second, "it is declared here");
  return false;
}

std::string path_of(const Scope& scope, std::string_view name) {
  return join(scope.naming ? scope.naming->path : "", name);
}

/// Is there a `seq` in the body, in a branch or a loop perhaps?
bool has_seq(const ast::Block& body) {
  return std::ranges::any_of(body.statements, [](const ast::Stmt& stmt) {
    if (const auto* loop = std::get_if<ast::For>(&stmt.node)) return has_seq(loop->body);
    const auto* const branch = std::get_if<ast::If>(&stmt.node);
    if (!branch) return std::holds_alternative<ast::Seq>(stmt.node);
    return has_seq(branch->then_body) || (branch->else_body && has_seq(*branch->else_body));
  });
}

/// `h[-1] = h0`: belongs to a `seq`.
void indexed_equation(Elaboration& e, Scope& scope, const ast::Block& body,
                      const ast::Equation& equation) {
  if (has_seq(body)) return declare_starts(e, scope, equation);
  const Location location = equation.targets.front().location;
  e.report(location, Message::place_without_sequence, written_text(location));
  for (const ast::Target& target : equation.targets)
    scope.names.insert_or_assign(target.name.text, Poison{});
}

/// The value with the type that the equation states.
Value typed(Elaboration& e, const Scope& scope, const Value& value, const ast::Type& type,
            const ast::Name& name) {
  if (type.is_invalid || value.is_poison()) return Poison{};
  if (type.is_tuple()) {
    e.report(type.location, Message::not_supported, "the type of a tuple here");
    return Poison{};
  }
  const auto dims = evaluate_dims(e, scope, type.dims);
  if (!dims) return Poison{};
  const ir::DType dtype = element_type(e, type.dtype);
  const Tensor* tensor = value.get_if<Tensor>();
  const std::string what = fmt::format("`{}`", name.text);
  if (tensor && tensor->dims != *dims) {
    e.report(name.location, Message::type_expected, what, e.text(dtype, *dims), e.text(*tensor));
    return Poison{};
  }
  const auto coerced = coerce(e, value, dtype, *dims, name.location, what);
  return coerced ? Value(*coerced) : Poison{};
}

/// What an equation states about one of its several targets: a type for each, `(f32[B], i32)`, or
/// one for all.
const ast::Type* type_of(const ast::Equation& equation, std::size_t target) {
  if (!equation.type) return nullptr;
  const std::vector<ast::Type>& elements = equation.type->elements;
  return elements.size() == equation.targets.size() ? &elements[target] : &*equation.type;
}

std::optional<Value> run(Elaboration&, Scope&, const ast::Block& body, const ast::Block& block);

struct Run {
  Elaboration& e;
  Scope& scope;
  const ast::Block& body;  ///< of the layer or model; the statement may lie deeper
  const ast::Stmt& stmt;

  using Result = std::optional<Value>;

  Result operator()(const ast::Equation& equation) const {
    const bool is_indexed =
        std::ranges::any_of(equation.targets, [](const auto& t) { return t.index != nullptr; });
    if (is_indexed) {
      indexed_equation(e, scope, body, equation);
      return std::nullopt;
    }
    std::vector<Value> values = evaluate_equation(e, scope, equation);
    for (std::size_t i = 0; i < values.size(); ++i)
      assign(e, scope, equation.targets[i].name.text, std::move(values[i]));
    return std::nullopt;
  }

  Result operator()(const ast::Update& update) const {
    claim_update(e, scope, update.name);
    update_storage(e, scope, update);
    return std::nullopt;
  }

  Result operator()(const ast::Storage& storage) const {
    declare_storage(e, scope, storage);
    return std::nullopt;
  }

  Result operator()(const ast::Input& input) const {
    declare_input(e, scope, input.name, input.type);
    return std::nullopt;
  }

  Result operator()(const ast::DimDeclaration& dim) const {
    declare_dim(e, scope, dim, scope.is_model);
    return std::nullopt;
  }

  Result operator()(const ast::Seq& seq) const {
    run_sequence(e, scope, seq, stmt.location);
    return std::nullopt;
  }

  Result operator()(const ast::For& loop) const {
    const auto first = evaluate_integer(e, scope, *loop.first, "the start of `for`");
    const auto last = evaluate_integer(e, scope, *loop.last, "the end of `for`");
    if (!first || !last) {
      poison_targets(scope, loop.body);
      return std::nullopt;
    }
    Naming* const outside = scope.naming;
    Result returned;
    for (std::int64_t i = *first; i < *last && !returned && !e.has_given_up; ++i) {
      scope.naming = naming_of_pass(e, outside, loop, i);
      if (outside && !scope.naming) break;
      scope.names.insert_or_assign(loop.variable.text, Dim::constant(i));
      scope.updated.clear();
      if (e.may_go_on(stmt.location)) returned = run(e, scope, body, loop.body);
    }
    scope.naming = outside;
    scope.names.erase(loop.variable.text);
    return returned;
  }

  Result operator()(const ast::If& branch) const {
    const auto condition = evaluate_condition(e, scope, *branch.condition, "the condition of `if`");
    if (!condition) {
      poison_targets(scope, branch.then_body);
      if (branch.else_body) poison_targets(scope, *branch.else_body);
      return std::nullopt;
    }
    if (*condition) return run(e, scope, body, branch.then_body);
    return branch.else_body ? run(e, scope, body, *branch.else_body) : std::nullopt;
  }

  Result operator()(const ast::Assert& assertion) const {
    const auto holds = evaluate_condition(e, scope, *assertion.condition, "what `assert` states");
    if (holds && !*holds)
      e.report(stmt.location, Message::assertion_failed,
               assertion.message ? assertion.message->text : "this does not hold");
    return std::nullopt;
  }

  Result operator()(const ast::Return& result) const {
    if (result.values.size() == 1) return evaluate(e, scope, *result.values.front());
    Tuple tuple;
    for (const auto& value : result.values) tuple.items.push_back(evaluate(e, scope, *value));
    return tuple;
  }

  // What a model says about its use is read after its equations (entries.cpp, data.cpp).
  Result operator()(const ast::Metric&) const { return std::nullopt; }
  Result operator()(const ast::Step&) const { return std::nullopt; }
  Result operator()(const ast::Export&) const { return std::nullopt; }
  Result operator()(const ast::Data&) const { return std::nullopt; }
  Result operator()(const ast::Train&) const { return std::nullopt; }
};

std::optional<Value> run(Elaboration& e, Scope& scope, const ast::Block& body,
                         const ast::Block& block) {
  for (const ast::Stmt& stmt : block.statements) {
    if (!e.may_go_on(stmt.location)) return Poison{};
    auto returned = std::visit(Run{e, scope, body, stmt}, stmt.node);
    if (returned) return returned;
  }
  return std::nullopt;
}

}  // namespace

std::vector<Value> evaluate_equation(Elaboration& e, const Scope& scope,
                                     const ast::Equation& equation) {
  const bool is_one = equation.targets.size() == 1;
  return evaluate_equation(e, scope, equation,
                           is_one ? std::string_view(equation.targets.front().name.text) : "");
}

std::vector<Value> evaluate_equation(Elaboration& e, const Scope& scope,
                                     const ast::Equation& equation,
                                     std::string_view instance_name) {
  const std::size_t targets = equation.targets.size();
  const ast::Name& first = equation.targets.front().name;
  e.name_location = first.location;
  Value value = evaluate(e, scope, *equation.value, instance_name);
  if (targets == 1) {
    if (equation.type) value = typed(e, scope, value, *equation.type, first);
    return {std::move(value)};
  }
  const Tuple* tuple = value.get_if<Tuple>();
  const std::size_t count = tuple ? tuple->items.size() : 1;
  const bool fits = count == targets;
  if (!fits && !value.is_poison())
    e.report(first.location, Message::target_count, counted(targets, "name"),
             counted(count, "value"));
  std::vector<Value> out;
  for (std::size_t i = 0; i < targets; ++i) {
    out.push_back(tuple && fits ? tuple->items[i] : Value(Poison{}));
    if (const ast::Type* type = type_of(equation, i))
      out.back() = typed(e, scope, out.back(), *type, equation.targets[i].name);
  }
  return out;
}

void assign(Elaboration& e, Scope& scope, const std::string& name, Value value) {
  if (const Tensor* tensor = value.get_if<Tensor>())
    if (!e.target && scope.naming) e.active->name_value(tensor->value, path_of(scope, name));
  scope.names.insert_or_assign(name, std::move(value));
}

bool claim_update(Elaboration& e, Scope& scope, const ast::Name& name) {
  const bool is_first = scope.updated.insert(name.text).second;
  if (!is_first) e.report(name.location, Message::updated_twice, name.text);
  return is_first;
}

void poison_sequences(Scope& scope, const ast::Block& block) {
  for (const ast::Stmt& stmt : block.statements) {
    if (const auto* equation = std::get_if<ast::Equation>(&stmt.node))
      for (const ast::Target& target : equation->targets)
        if (target.index) scope.names.insert_or_assign(target.name.text, Poison{});
    if (const auto* loop = std::get_if<ast::For>(&stmt.node)) poison_sequences(scope, loop->body);
    if (const auto* branch = std::get_if<ast::If>(&stmt.node)) {
      poison_sequences(scope, branch->then_body);
      if (branch->else_body) poison_sequences(scope, *branch->else_body);
    }
  }
}

void poison_targets(Scope& scope, const ast::Block& block) {
  for (const ast::Stmt& stmt : block.statements) {
    if (const auto* equation = std::get_if<ast::Equation>(&stmt.node))
      for (const ast::Target& target : equation->targets)
        scope.names.insert_or_assign(target.name.text, Poison{});
    if (const auto* seq = std::get_if<ast::Seq>(&stmt.node)) poison_sequences(scope, seq->body);
    if (const auto* loop = std::get_if<ast::For>(&stmt.node)) poison_targets(scope, loop->body);
    if (const auto* branch = std::get_if<ast::If>(&stmt.node)) {
      poison_targets(scope, branch->then_body);
      if (branch->else_body) poison_targets(scope, *branch->else_body);
    }
  }
}

Naming* naming_of_pass(Elaboration& e, Naming* outside, const ast::For& loop, std::int64_t i) {
  const std::string name = fmt::format("{}{}", loop.variable.text, i);
  // A pass and an instance must not share a name: "l0" could be either.
  const bool is_free = outside && (outside->loops.contains(name) ||
                                   claim(e, *outside, name, loop.variable.location));
  if (!is_free) return nullptr;
  Naming& inside = outside->loops[name];
  inside.path = join(outside->path, name);
  return &inside;
}

bool claim(Elaboration& e, Naming& naming, const std::string& name, Location location) {
  const auto [entry, is_new] = naming.claimed.try_emplace(name, location);
  if (is_new) return true;
  std::string other = name;
  for (int ordinal = 2; naming.claimed.contains(other); ++ordinal)
    other = fmt::format("{}{}", name, ordinal);
  e.report(location, Message::name_taken, join(naming.path, name))
      .note(entry->second, "it is taken here")
      .fix_it(location, other);
  return false;
}

std::optional<Tensor> declare_input(Elaboration& e, Scope& scope, const ast::Name& name,
                                    const ast::Type& type) {
  const bool is_new = declare(e, scope, name);
  scope.names.insert_or_assign(name.text, Poison{});
  if (type.is_tuple())
    return e.report(type.location, Message::not_supported, "an input that is a tuple");
  const auto dims = type.is_invalid ? std::nullopt : evaluate_dims(e, scope, type.dims);
  if (!is_new || !dims) return std::nullopt;
  const ir::Type tensor_type{element_type(e, type.dtype), shape_of(*dims)};
  if (!ir::is_valid(tensor_type))
    return e.report(type.location, Message::tensor_too_large, tensor_type, ir::max_tensor_bytes);
  e.locate(name.location);
  const Tensor tensor{ir::input(e.graph(), name.text, tensor_type, ir::StorageClass::input), *dims};
  e.active->reserve_name(name.text, tensor.value);
  e.active->inputs.push_back({name.text, tensor});
  scope.names.insert_or_assign(name.text, tensor);
  return tensor;
}

void declare_dim(Elaboration& e, Scope& scope, const ast::DimDeclaration& dim,
                 bool can_be_overridden) {
  const auto& [name, value] = dim;
  std::optional<std::int64_t> extent;
  const auto given = e.overrides.find(name.text);
  if (can_be_overridden && given != e.overrides.end()) {
    extent = given->second;
    e.used_overrides.insert(name.text);
  } else if (value) {
    const auto computed = evaluate_dim(e, scope, *value, Division::is_exact);
    if (computed) extent = computed->value();
  } else if (e.is_rehearsal) {
    extent = 12;  // as good as any: many numbers divide it
  } else {
    e.report(name.location, Message::dim_without_value, name.text, name.text);
  }
  if (!declare(e, scope, name)) return;
  if (extent && *extent < 0) {
    e.report(name.location, Message::dim_is_negative, name.text, *extent);
    extent = std::nullopt;
  }
  scope.names.insert_or_assign(name.text,
                               extent ? Value(e.dims.symbol(name.text, *extent)) : Value(Poison{}));
}

std::optional<Value> run(Elaboration& e, Scope& scope, const ast::Block& block) {
  auto returned = run(e, scope, block, block);
  if (!e.has_given_up) report_unused_starts(e, scope);
  return returned;
}

}  // namespace gradc::frontend
