#include <algorithm>
#include <iterator>
#include <utility>

#include "frontend/grammar.h"
#include "ir/messages.h"

namespace gradc::frontend {

// The words are not reserved: `state` starts a declaration before a name, and is a variable before
// `=`.
const Parser::StatementRule Parser::statement_rules[] = {
    {"dim", in_layer | in_model, "a layer or a model", &Parser::dim},
    {"param", in_layer | in_model, "a layer or a model", &Parser::storage},
    {"buffer", in_layer | in_model, "a layer or a model", &Parser::storage},
    {"state", in_layer | in_model | in_optimizer, "a layer, a model or an optimizer",
     &Parser::storage},
    {"input", directly_in_model, "a model, outside other blocks", &Parser::input},
    {"seq", in_layer | in_model, "a layer or a model", &Parser::seq},
    {"for", in_layer | in_model | in_optimizer, "a block", &Parser::for_loop},
    {"if", in_layer | in_model | in_optimizer, "a block", &Parser::if_statement},
    {"assert", in_layer | in_model | in_optimizer, "a block", &Parser::assertion},
    {"return", in_layer, "a layer", &Parser::return_statement},
    {"metric", directly_in_model, "a model, outside other blocks", &Parser::metric},
    {"step", directly_in_model, "a model, outside other blocks", &Parser::step},
    {"export", directly_in_model, "a model, outside other blocks", &Parser::export_entry},
    {"data", directly_in_model, "a model, outside other blocks", &Parser::data},
    {"train", directly_in_model, "a model, outside other blocks", &Parser::train},
};

namespace {

/// A name that could not be read.
bool has_no_name(const ast::Target& target) { return target.name.text.empty(); }

/// The blocks inside a model's block hold no entries.
Place inside(Place place) { return place == directly_in_model ? in_model : place; }

}  // namespace

const Parser::StatementRule* Parser::find_statement_rule() const {
  const Token& word = cursor_.peek();
  const Token& next = cursor_.peek(1);
  const auto* const rule = std::ranges::find(statement_rules, word.text, &StatementRule::word);
  if (rule == std::end(statement_rules)) return nullptr;
  const bool starts = word.kind == TokenKind::keyword || next.kind == TokenKind::name ||
                      next.kind == TokenKind::keyword || (word.text == "train" && next.text == "{");
  return starts ? rule : nullptr;
}

ast::Block Parser::block(Place place) {
  const Place outside = std::exchange(place_, place);
  const ir::Location first = cursor_.location();
  ast::Block block;
  cursor_.synchronize_at_block();
  cursor_.braces([&] { statement(block.statements); });
  block.location = cursor_.since(first);
  place_ = outside;
  return block;
}

void Parser::statement(Statements& out) {
  const StatementRule* const rule = find_statement_rule();
  if (!rule) return equation_or_update(out);
  const bool is_misplaced =
      (rule->places & (place_ | (place_ == directly_in_model ? in_model : 0))) == 0;
  if (!is_misplaced) return (this->*rule->read)(out);
  // Read all the same: there may be mistakes in it.
  cursor_.report(cursor_.location(), ir::Message::misplaced_statement, rule->word, rule->home);
  Statements dropped;
  (this->*rule->read)(dropped);
}

void Parser::equation_or_update(Statements& out) {
  const ir::Location first = cursor_.location();
  if (!cursor_.at(TokenKind::name)) return cursor_.fail("a statement");
  const Token& next = cursor_.peek(1);
  if (next.kind == TokenKind::name || next.text == "{") {
    std::vector<std::string> words;
    for (const StatementRule& rule : statement_rules) words.emplace_back(rule.word);
    return unknown_word("a statement", words);
  }
  if (cursor_.peek(1).text == "<-") {
    ast::Update update{cursor_.expect_name(), nullptr};
    cursor_.expect("<-");
    update.value = expression();
    return void(out.push_back({cursor_.since(first), std::move(update)}));
  }
  ast::Equation equation;
  cursor_.list("", [&] { equation.targets.push_back(target()); });
  if (cursor_.accept(":")) equation.type = type();
  cursor_.expect("=");
  equation.value = expressions();
  if (std::ranges::any_of(equation.targets, has_no_name)) return;
  out.push_back({cursor_.since(first), std::move(equation)});
}

ast::Target Parser::target() {
  const ir::Location first = cursor_.location();
  ast::Target target{cursor_.expect_name(), nullptr, {}};
  if (cursor_.accept("[")) {
    target.index = expression();
    cursor_.expect("]");
  }
  target.location = cursor_.since(first);
  return target;
}

void Parser::dim(Statements& out) {
  for (ast::DimDeclaration& dim : dim_declarations()) {
    const ir::Location location = dim.name.location;
    out.push_back({location, std::move(dim)});
  }
}

std::vector<ast::DimDeclaration> Parser::dim_declarations() {
  std::vector<ast::DimDeclaration> dims;
  cursor_.expect("dim");
  cursor_.list("", [&] {
    ast::DimDeclaration dim{cursor_.expect_name("the name of a dim"), nullptr};
    if (cursor_.panics()) return;
    if (cursor_.accept("=")) dim.value = expression();
    dims.push_back(std::move(dim));
  });
  return dims;
}

/// `param w: f32[I, O] ~ init`; a state of an optimizer has its parameter's type if it says none.
void Parser::storage(Statements& out) {
  using enum ast::StorageKind;
  const Token word = cursor_.next();
  ast::Storage storage{word.text == "param"    ? param
                       : word.text == "buffer" ? buffer
                                               : state,
                       cursor_.expect_name(),
                       {},
                       nullptr};
  if (cursor_.panics()) return;
  const bool may_omit_type = place_ == in_optimizer && !cursor_.at(":");
  if (!may_omit_type) {
    cursor_.expect(":");
    storage.type = type();
  }
  cursor_.expect("~");
  storage.initial = expression();
  out.push_back({cursor_.since(word.location), std::move(storage)});
}

void Parser::input(Statements& out) {
  const ir::Location first = cursor_.next().location;
  ast::Input input{cursor_.expect_name(), {}};
  if (cursor_.panics()) return;
  cursor_.expect(":");
  input.type = type();
  out.push_back({cursor_.since(first), std::move(input)});
}

void Parser::seq(Statements& out) {
  const ir::Location first = cursor_.next().location;
  ast::Seq seq;
  seq.step = cursor_.expect_name();
  cursor_.expect("in");
  seq.axis = cursor_.expect_name("the name of a dim");
  if (cursor_.accept("where")) seq.where = expression();
  if (cursor_.accept("truncate")) seq.truncate = expression();
  seq.body = block(inside(place_));
  out.push_back({cursor_.since(first), std::move(seq)});
}

void Parser::for_loop(Statements& out) {
  const ir::Location first = cursor_.next().location;
  ast::For loop;
  loop.variable = cursor_.expect_name();
  cursor_.expect("in");
  loop.first = expression();
  cursor_.expect("..");
  loop.last = expression();
  loop.body = block(inside(place_));
  out.push_back({cursor_.since(first), std::move(loop)});
}

void Parser::if_statement(Statements& out) {
  const Cursor::Level level(cursor_);  // `else if` nests
  const ir::Location first = cursor_.next().location;
  ast::If branch;
  branch.condition = expression();
  branch.then_body = block(inside(place_));
  if (cursor_.accept("else")) {
    ast::Block& else_body = branch.else_body.emplace();
    if (cursor_.at("if")) {
      if_statement(else_body.statements);
    } else {
      else_body = block(inside(place_));
    }
  }
  out.push_back({cursor_.since(first), std::move(branch)});
}

void Parser::assertion(Statements& out) {
  const ir::Location first = cursor_.next().location;
  ast::Assert assertion{expression(), {}};
  if (cursor_.accept(",")) assertion.message = cursor_.expect_string();
  out.push_back({cursor_.since(first), std::move(assertion)});
}

void Parser::return_statement(Statements& out) {
  const ir::Location first = cursor_.next().location;
  ast::Return result;
  cursor_.list("", [&] { result.values.push_back(expression()); });
  out.push_back({cursor_.since(first), std::move(result)});
}

}  // namespace gradc::frontend
