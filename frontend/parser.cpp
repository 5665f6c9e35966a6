#include "frontend/parser.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "frontend/foreign.h"
#include "frontend/grammar.h"
#include "frontend/names.h"
#include "ir/messages.h"

namespace gradc::frontend {

namespace {

struct KindWord {
  std::string_view word;
  ast::ParameterKind kind;
};
constexpr KindWord kind_words[] = {
    {"dim", ast::ParameterKind::dim},
    {"int", ast::ParameterKind::integer},
    {"float", ast::ParameterKind::real},
    {"fn", ast::ParameterKind::function},
};

std::string_view trim(std::string_view line) {
  constexpr std::string_view blanks = " \t\r";
  const auto first = line.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(blanks) - first + 1);
}

/// The comment lines directly above a declaration, without their `#`.
std::string doc_above(ir::Location declaration) {
  std::string_view above = std::string_view(declaration.source->text).substr(0, declaration.begin);
  above = above.substr(0, above.rfind('\n') + 1);  // npos + 1 is 0: nothing is above the first line
  std::vector<std::string_view> lines;
  while (!above.empty()) {
    above.remove_suffix(1);
    const auto newline = above.rfind('\n');
    const std::size_t begin = newline == std::string_view::npos ? 0 : newline + 1;
    const std::string_view line = trim(above.substr(begin));
    if (!line.starts_with('#')) break;
    lines.push_back(trim(line.substr(1)));
    above = above.substr(0, begin);
  }
  return fmt::format("{}", fmt::join(lines.rbegin(), lines.rend(), "\n"));
}

}  // namespace

ast::File parse(const ir::Source& source, ir::Diagnostics& diagnostics) {
  return Parser(source, diagnostics).file();
}

ast::File Parser::file() {
  ast::File file;
  cursor_.skip_newlines();
  while (!cursor_.at_end()) {
    declaration(file.declarations);
    cursor_.end_statement();
    if (!cursor_.at("}")) continue;
    cursor_.report(cursor_.location(), ir::Message::expected_token, "a declaration", "`}`");
    cursor_.next();
    cursor_.skip_newlines();
  }
  return file;
}

void Parser::unknown_word(std::string_view expected, std::span<const std::string> words) {
  const Token word = cursor_.peek();
  if (word.kind != TokenKind::name) return cursor_.fail(expected);
  const auto meant = nearest(word.text, words);
  auto report =
      cursor_.fail_with(word.location, ir::Message::expected_token, expected, describe(word));
  if (const auto hint = hint_for(word.text); !hint.empty())
    report.note(std::string(hint));
  else if (meant)
    report.fix_it(word.location, *meant);
}

void Parser::declaration(Declarations& out) {
  struct Rule {
    std::string_view word;
    void (Parser::*read)(Declarations&);
  };
  constexpr Rule rules[] = {
      {"import", &Parser::import}, {"dim", &Parser::file_dim},        {"fn", &Parser::fn},
      {"layer", &Parser::layer},   {"optimizer", &Parser::optimizer}, {"model", &Parser::model},
  };
  const auto* const rule = std::ranges::find(rules, cursor_.peek().text, &Rule::word);
  if (rule == std::end(rules)) {
    const std::string words[] = {"import", "dim", "fn", "layer", "optimizer", "model"};
    return unknown_word("`model`, `layer`, `fn`, `optimizer`, `dim` or `import`", words);
  }
  (this->*rule->read)(out);
}

void Parser::import(Declarations& out) {
  const ir::Location first = cursor_.next().location;
  const bool is_whole = !cursor_.peek().problem;
  ast::Import import{cursor_.expect_string()};
  if (is_whole && !cursor_.panics()) out.push_back({cursor_.since(first), std::move(import)});
}

void Parser::file_dim(Declarations& out) {
  for (ast::DimDeclaration& dim : dim_declarations()) {
    const ir::Location location = dim.name.location;
    out.push_back({location, std::move(dim)});
  }
}

void Parser::fn(Declarations& out) {
  const ir::Location first = cursor_.next().location;
  ast::Fn fn{cursor_.expect_name(), {}, std::nullopt, nullptr, doc_above(first)};
  if (cursor_.panics()) return;
  cursor_.expect("(");
  if (!cursor_.at(")") && !cursor_.at("over"))
    cursor_.list("", [&] { fn.parameters.push_back(parameter()); });
  if (cursor_.accept("over")) fn.over = dim_pattern();
  cursor_.expect(")");
  cursor_.expect("=");
  fn.value = expression();
  out.push_back({cursor_.since(first), std::move(fn)});
}

void Parser::layer(Declarations& out) {
  const ir::Location first = cursor_.next().location;
  ast::Layer layer;
  layer.doc = doc_above(first);
  layer.name = cursor_.expect_name();
  layer.parameters = parameters();
  cursor_.skip_newlines_before("(");
  layer.operands = tensor_parameters();
  if (cursor_.accept("->")) layer.result = type();
  layer.body = block(in_layer);
  if (!layer.name.text.empty()) out.push_back({cursor_.since(first), std::move(layer)});
}

void Parser::optimizer(Declarations& out) {
  const ir::Location first = cursor_.next().location;
  ast::Optimizer optimizer;
  optimizer.doc = doc_above(first);
  optimizer.name = cursor_.expect_name();
  optimizer.parameters = parameters();
  cursor_.skip_newlines_before("(");
  cursor_.expect("(");
  optimizer.parameter = cursor_.expect_name();
  cursor_.expect(",");
  optimizer.gradient = cursor_.expect_name();
  cursor_.expect(")");
  optimizer.body = block(in_optimizer);
  if (!optimizer.name.text.empty()) out.push_back({cursor_.since(first), std::move(optimizer)});
}

void Parser::model(Declarations& out) {
  const ir::Location first = cursor_.next().location;
  ast::Model model;
  model.doc = doc_above(first);
  model.name = cursor_.expect_name();
  if (cursor_.at("(")) model.parameters = parameters();
  model.body = block(directly_in_model);
  if (!model.name.text.empty()) out.push_back({cursor_.since(first), std::move(model)});
}

std::vector<ast::Parameter> Parser::parameters() {
  std::vector<ast::Parameter> parameters;
  cursor_.expect("(");
  cursor_.list(")", [&] { parameters.push_back(parameter()); });
  cursor_.expect(")");
  return parameters;
}

/// `O: dim`, `k: int = 3`, `act = identity`
ast::Parameter Parser::parameter() {
  ast::Parameter parameter{cursor_.expect_name(), ast::ParameterKind::any, nullptr};
  if (cursor_.accept(":")) {
    const auto* const found = std::ranges::find(kind_words, cursor_.peek().text, &KindWord::word);
    if (found == std::end(kind_words)) {
      cursor_.fail("`dim`, `int`, `float` or `fn`");
    } else {
      cursor_.next();
      parameter.kind = found->kind;
    }
  }
  if (cursor_.accept("=")) parameter.default_value = expression();
  return parameter;
}

}  // namespace gradc::frontend
