#include <algorithm>
#include <iterator>
#include <utility>

#include "frontend/grammar.h"
#include "ir/messages.h"

namespace gradc::frontend {

namespace {

struct UnitWord {
  std::string_view word;
  ast::Unit unit;
};
constexpr UnitWord unit_words[] = {
    {"batch", ast::Unit::batch},  {"batches", ast::Unit::batch}, {"epoch", ast::Unit::epoch},
    {"epochs", ast::Unit::epoch}, {"step", ast::Unit::step},     {"steps", ast::Unit::step},
};

}  // namespace

void Parser::metric(Statements& out) {
  const ir::Location first = cursor_.next().location;
  ast::Metric metric{cursor_.expect_name(), nullptr};
  cursor_.expect("=");
  metric.value = expression();
  if (!metric.name.text.empty()) out.push_back({cursor_.since(first), std::move(metric)});
}

void Parser::step(Statements& out) {
  const ir::Location first = cursor_.next().location;
  ast::Step step;
  step.name = cursor_.expect_name();
  cursor_.expect("minimize");
  step.loss = expression();
  cursor_.expect("over");
  if (!cursor_.accept("all"))
    cursor_.list("", [&] {
      ast::Name name = cursor_.expect_path("an instance or `all`");
      if (!cursor_.panics()) step.over.push_back(std::move(name));
    });
  if (cursor_.accept("except"))
    cursor_.list("", [&] { step.except.push_back(cursor_.expect_string()); });
  cursor_.expect("using");
  step.optimizer = optimizer_call();
  if (cursor_.accept("clip_norm")) step.clip_norm = expression();
  if (cursor_.accept("clip_value")) step.clip_value = expression();
  if (!step.name.text.empty()) out.push_back({cursor_.since(first), std::move(step)});
}

ast::ExprPtr Parser::optimizer_call() {
  ast::ExprPtr optimizer = postfix();
  if (cursor_.panics()) return make(optimizer->location, ast::Invalid{});
  if (std::holds_alternative<ast::Call>(optimizer->node)) return optimizer;
  // `using sgd` is `using sgd()`.
  const ir::Location first = optimizer->location;
  const std::uint32_t below = optimizer->height;
  return make(first, ast::Call{std::move(optimizer), {}, {}}, below);
}

void Parser::export_entry(Statements& out) {
  const ir::Location first = cursor_.next().location;
  ast::Export entry;
  entry.name = cursor_.expect_name();
  if (cursor_.at("(")) entry.parameters = tensor_parameters();
  cursor_.expect("=");
  entry.value = expressions();
  if (cursor_.accept("with")) cursor_.list("", [&] { entry.with.push_back(binding()); });
  if (!entry.name.text.empty()) out.push_back({cursor_.since(first), std::move(entry)});
}

std::vector<ast::TensorParameter> Parser::tensor_parameters() {
  std::vector<ast::TensorParameter> parameters;
  cursor_.expect("(");
  cursor_.list(")", [&] {
    ast::TensorParameter parameter{cursor_.expect_name(), {}};
    cursor_.expect(":");
    parameter.type = type();
    parameters.push_back(std::move(parameter));
  });
  cursor_.expect(")");
  return parameters;
}

ast::Binding Parser::binding() {
  ast::Binding binding{cursor_.expect_name(), nullptr};
  cursor_.expect("=");
  binding.value = expression();
  return binding;
}

void Parser::data(Statements& out) {
  const ir::Location first = cursor_.next().location;
  ast::Data data{cursor_.expect_name(), {}};
  cursor_.synchronize_at_block();
  cursor_.braces([&] { data.bindings.push_back(binding()); });
  if (!data.name.text.empty()) out.push_back({cursor_.since(first), std::move(data)});
}

void Parser::train(Statements& out) {
  const ir::Location first = cursor_.next().location;
  ast::Train train;
  cursor_.braces([&] { train_clause(train); });
  out.push_back({cursor_.since(first), std::move(train)});
}

void Parser::train_clause(ast::Train& train) {
  const Token word = cursor_.peek();
  const auto once = [&](bool is_given) {
    if (is_given) cursor_.report(word.location, ir::Message::repeated_clause, word.text);
  };
  if (cursor_.accept("data")) {
    once(train.data.has_value());
    train.data = {cursor_.expect_name(), nullptr};
    if (cursor_.accept("holdout")) train.data->holdout = expression();
  } else if (cursor_.accept("epochs")) {
    once(train.epochs != nullptr);
    train.epochs = expression();
    if (cursor_.accept("of")) train.batches = batches();
  } else if (cursor_.accept("seed")) {
    once(train.seed != nullptr);
    train.seed = expression();
  } else if (cursor_.at("each")) {
    train.each.push_back(each());
  } else {
    cursor_.fail("`data`, `epochs`, `seed` or `each`");
  }
}

/// `500 batches`
ast::ExprPtr Parser::batches() {
  ast::ExprPtr count = expression();
  if (!cursor_.accept("batches") && !cursor_.accept("steps")) cursor_.fail("`batches`");
  return count;
}

ast::Each Parser::each() {
  const ir::Location first = cursor_.next().location;
  ast::Each each{nullptr, ast::Unit::batch, {}, {}};
  if (!cursor_.at(TokenKind::name) || cursor_.peek(1).text != "{") each.count = expression();
  each.unit = unit();
  cursor_.synchronize_at_block();
  cursor_.braces([&] { each.actions.push_back(action()); });
  each.location = cursor_.since(first);
  return each;
}

ast::Unit Parser::unit() {
  const auto* const found = std::ranges::find(unit_words, cursor_.peek().text, &UnitWord::word);
  if (cursor_.panics() || found == std::end(unit_words)) {
    cursor_.fail("`batch`, `epoch` or `step`");
    return ast::Unit::batch;
  }
  cursor_.next();
  return found->unit;
}

ast::Action Parser::action() {
  using enum ast::ActionKind;
  const ir::Location first = cursor_.location();
  ast::Action action{step, {}, {}};
  if (cursor_.accept("save")) {
    action.kind = save;
  } else if (cursor_.at("draw") && cursor_.peek(1).kind == TokenKind::name) {
    cursor_.next();
    action.kind = draw;
    action.names.push_back(cursor_.expect_name());
  } else if (cursor_.accept("reset")) {
    action.kind = reset;
  } else if (cursor_.at("eval") && cursor_.peek(1).kind == TokenKind::name) {
    cursor_.next();
    action.kind = eval;
    cursor_.list("", [&] { action.names.push_back(cursor_.expect_name()); });
  } else {
    action.names.push_back(cursor_.expect_name("a step, `eval`, `save`, `reset` or `draw`"));
  }
  action.location = cursor_.since(first);
  return action;
}

}  // namespace gradc::frontend
