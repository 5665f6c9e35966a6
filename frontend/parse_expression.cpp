#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include "frontend/grammar.h"
#include "ir/messages.h"

namespace gradc::frontend {

using ast::BinaryOperator;
using ast::ExprPtr;

namespace {

struct BinaryRule {
  std::string_view symbol;
  BinaryOperator op;
  int level;  ///< the higher, the tighter
};

constexpr int comparison = 1;
constexpr BinaryRule binary_rules[] = {
    {"==", BinaryOperator::equal, comparison},
    {"!=", BinaryOperator::not_equal, comparison},
    {"<", BinaryOperator::less, comparison},
    {"<=", BinaryOperator::less_equal, comparison},
    {">", BinaryOperator::greater, comparison},
    {">=", BinaryOperator::greater_equal, comparison},
    {"+", BinaryOperator::add, 2},
    {"-", BinaryOperator::subtract, 2},
    {"*", BinaryOperator::multiply, 3},
    {"/", BinaryOperator::divide, 3},
    {"%", BinaryOperator::remainder, 3},
    {"@", BinaryOperator::matmul, 3},
};

const BinaryRule* find_binary_rule(const Token& token) {
  const auto* const rule = std::ranges::find(binary_rules, token.text, &BinaryRule::symbol);
  return rule == std::end(binary_rules) ? nullptr : rule;
}

// A chain of operators is a tree as high as the chain is long, without any nesting in the text.
constexpr std::uint32_t max_height = 1000;

std::uint32_t height(const ExprPtr& expr) { return expr->height; }
std::uint32_t height(const ast::Dim& dim) { return dim.extent ? dim.extent->height : 0; }
std::uint32_t height(const ast::Argument& argument) { return argument.value->height; }
template <typename Item>
std::uint32_t height(const std::vector<Item>& items) {
  std::uint32_t highest = 0;
  for (const Item& item : items) highest = std::max(highest, height(item));
  return highest;
}
template <typename First, typename... Others>
  requires(sizeof...(Others) > 0)
std::uint32_t height(const First& first, const Others&... others) {
  return std::max({height(first), height(others)...});
}

}  // namespace

template <typename Node>
ExprPtr Parser::make(ir::Location first, Node node, std::uint32_t height_below) {
  auto expr = std::make_unique<ast::Expr>();
  expr->location = cursor_.since(first);
  expr->node = std::move(node);
  expr->height = height_below + 1;
  if (expr->height > max_height)
    cursor_.fail_with(expr->location, ir::Message::nesting_too_deep, max_height);
  return expr;
}

ExprPtr Parser::expression() {
  const ir::Location first = cursor_.location();
  ExprPtr value = conditional();
  while (true) {
    if (cursor_.accept("|>")) {
      ExprPtr stage = postfix();
      const std::uint32_t below = height(value, stage);
      value = make(first, ast::Pipe{std::move(value), std::move(stage)}, below);
    } else if (cursor_.accept("as")) {
      cursor_.expect("[");
      std::vector<ast::Dim> shape = dims();
      cursor_.expect("]");
      const std::uint32_t below = height(value, shape);
      value = make(first, ast::View{std::move(value), std::move(shape)}, below);
    } else {
      break;
    }
  }
  return cursor_.panics() ? make(first, ast::Invalid{}) : std::move(value);
}

ExprPtr Parser::expressions() {
  const ir::Location first = cursor_.location();
  ExprPtr value = expression();
  if (!cursor_.at(",")) return value;
  ast::Several several;
  several.values.push_back(std::move(value));
  while (cursor_.accept(",")) several.values.push_back(expression());
  const std::uint32_t below = height(several.values);
  return make(first, std::move(several), below);
}

ExprPtr Parser::conditional() {
  const Cursor::Level level(cursor_);
  const ir::Location first = cursor_.location();
  if (!cursor_.accept("if")) return binary(comparison);
  ExprPtr condition = expression();
  cursor_.expect("then");
  ExprPtr then_value = expression();
  cursor_.expect("else");
  ExprPtr else_value = conditional();
  const std::uint32_t below = height(condition, then_value, else_value);
  return make(first,
              ast::Conditional{std::move(condition), std::move(then_value), std::move(else_value)},
              below);
}

/// Operators that bind at least as tightly as `lowest_level`, by precedence climbing.
ExprPtr Parser::binary(int lowest_level) {
  const ir::Location first = cursor_.location();
  ExprPtr left = unary();
  while (!cursor_.panics()) {
    const BinaryRule* const rule = find_binary_rule(cursor_.peek());
    if (!rule || rule->level < lowest_level) break;
    const ir::Location op_location = cursor_.next().location;
    ExprPtr right = binary(rule->level + 1);
    const std::uint32_t below = height(left, right);
    left =
        make(first, ast::Binary{rule->op, std::move(left), std::move(right), op_location}, below);
    if (rule->level == comparison) return one_comparison(std::move(left));
  }
  return left;
}

/// `a < b < c` does not mean what it says.
ExprPtr Parser::one_comparison(ExprPtr compared) {
  const Token& token = cursor_.peek();
  const BinaryRule* const next = find_binary_rule(token);
  if (next && next->level == comparison)
    cursor_
        .fail_with(token.location, ir::Message::expected_token, "one comparison", describe(token))
        .note("join two of them: `and(a < b, b < c)`");
  return compared;
}

ExprPtr Parser::unary() {
  const ir::Location first = cursor_.location();
  if (!cursor_.accept("-")) return power();
  const Cursor::Level level(cursor_);
  ExprPtr operand = unary();
  const std::uint32_t below = height(operand);
  return make(first, ast::Negation{std::move(operand)}, below);
}

/// `-x^2` is -(x^2), `2^-x` is allowed, `a^b^c` is a^(b^c).
ExprPtr Parser::power() {
  const ir::Location first = cursor_.location();
  ExprPtr base = postfix();
  const ir::Location op_location = cursor_.location();
  if (!cursor_.accept("^")) return base;
  const Cursor::Level level(cursor_);
  ExprPtr exponent = unary();
  const std::uint32_t below = height(base, exponent);
  return make(first,
              ast::Binary{BinaryOperator::power, std::move(base), std::move(exponent), op_location},
              below);
}

ExprPtr Parser::postfix() {
  const ir::Location first = cursor_.location();
  ExprPtr value = atom();
  while (true) {
    if (cursor_.at("(")) {
      value = call(std::move(value));
    } else if (cursor_.accept("[")) {
      ExprPtr index = expression();
      std::vector<ast::Dim> over;
      if (cursor_.accept("over")) over = dims();
      cursor_.expect("]");
      const std::uint32_t below = height(value, index, over);
      value = make(first, ast::Index{std::move(value), std::move(index), std::move(over)}, below);
    } else {
      return value;
    }
  }
}

/// `callee(x, p = 0.1 over B, T)`
ExprPtr Parser::call(ExprPtr callee) {
  const ir::Location first = callee->location;
  ast::Call call{std::move(callee), {}, {}};
  cursor_.expect("(");
  if (!cursor_.at(")") && !cursor_.at("over"))
    cursor_.list("", [&] { call.arguments.push_back(argument()); });
  if (cursor_.accept("over")) call.over = dims();
  if (!cursor_.accept(")")) cursor_.fail("`,` or `)`");
  const std::uint32_t below = height(call.callee, call.arguments, call.over);
  return make(first, std::move(call), below);
}

ast::Argument Parser::argument() {
  const ir::Location first = cursor_.location();
  ast::Argument argument;
  if (cursor_.at(TokenKind::name) && cursor_.peek(1).text == "=") {
    argument.name = cursor_.expect_name();
    cursor_.expect("=");
  }
  argument.value = expression();
  if (cursor_.accept("on")) argument.on = cursor_.expect_string();
  argument.location = cursor_.since(first);
  return argument;
}

ExprPtr Parser::atom() {
  const ir::Location first = cursor_.location();
  if (cursor_.accept("(")) {
    ExprPtr value = expression();
    cursor_.expect(")");
    return value;
  }
  if (cursor_.accept("[")) return list_literal();
  if (cursor_.at(TokenKind::name)) return make(first, ast::Reference{cursor_.expect_path().text});
  return literal();
}

ExprPtr Parser::literal() {
  const ir::Location first = cursor_.location();
  const auto passed = [&](auto node) {
    cursor_.next();
    return make(first, std::move(node));
  };
  const Token token = cursor_.peek();
  if (cursor_.at(TokenKind::integer)) return passed(ast::IntegerLiteral{token.integer});
  if (cursor_.at(TokenKind::real)) return passed(ast::FloatLiteral{token.real});
  if (cursor_.at(TokenKind::string)) return passed(ast::StringLiteral{string_value(token)});
  if (cursor_.at("true") || cursor_.at("false"))
    return passed(ast::BooleanLiteral{token.text == "true"});
  if (cursor_.at("inf")) return passed(ast::FloatLiteral{std::numeric_limits<double>::infinity()});
  cursor_.fail("an expression");
  return make(first, ast::Invalid{});
}

ExprPtr Parser::list_literal() {
  const ir::Location first = cursor_.since({});
  ast::ListLiteral literal;
  cursor_.list("]", [&] { literal.elements.push_back(expression()); });
  if (!cursor_.accept("]")) cursor_.fail("`,` or `]`");
  const std::uint32_t below = height(literal.elements);
  return make(first, std::move(literal), below);
}

/// `f32[B, T]`, `f32`, `(f32[B], i32)`
ast::Type Parser::type() {
  const Cursor::Level level(cursor_);
  const ir::Location first = cursor_.location();
  ast::Type type;
  if (cursor_.accept("(")) {
    cursor_.list("", [&] { type.elements.push_back(this->type()); });
    cursor_.expect(")");
  } else if (const auto dtype = ir::find_dtype(cursor_.peek().text)) {
    cursor_.next();
    type.dtype = *dtype;
    if (cursor_.accept("[")) {
      type.dims = dims();
      cursor_.expect("]");
    }
  } else {
    cursor_.fail("a type");
  }
  type.location = cursor_.since(first);
  type.is_invalid = cursor_.panics();
  return type;
}

std::vector<ast::Dim> Parser::dims() {
  std::vector<ast::Dim> items;
  cursor_.list("]", [&] { items.push_back(dim_item()); });
  return items;
}

/// `...D` or `C`
ast::Dim Parser::dim_pattern() {
  const ir::Location first = cursor_.location();
  ast::Dim dim;
  const bool is_ellipsis = cursor_.accept("...");
  const ast::Name name = cursor_.expect_name();
  if (is_ellipsis)
    dim.ellipsis_name = name.text;
  else
    dim.extent = make(name.location, ast::Reference{name.text});
  dim.location = cursor_.since(first);
  return dim;
}

ast::Dim Parser::dim_item() {
  const ir::Location first = cursor_.location();
  ast::Dim dim;
  if (!cursor_.accept("...")) {
    dim.extent = expression();
  } else if (cursor_.at(TokenKind::name)) {
    dim.ellipsis_name = cursor_.expect_name().text;
  }
  dim.location = cursor_.since(first);
  return dim;
}

}  // namespace gradc::frontend
