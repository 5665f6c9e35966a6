#include "frontend/lexer.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "frontend/layout.h"
#include "ir/messages.h"

namespace gradc::frontend {
namespace {

std::string spell(const std::vector<Token>& tokens) {
  std::string out;
  for (const Token& token : tokens) {
    if (token.kind == TokenKind::end) break;
    if (!out.empty()) out += ' ';
    out += token.kind == TokenKind::newline ? ";" : std::string(token.text);
    if (token.problem) out += '!';
  }
  return out;
}
std::string lexed(std::string text) {
  const ir::Source source{"test.grad", std::move(text)};
  return spell(tokenize(source));
}
std::string laid_out(std::string text) {
  const ir::Source source{"test.grad", std::move(text)};
  return spell(lay_out(tokenize(source)));
}

TEST(Lexer, SeparatesTokens) {
  EXPECT_EQ(lexed("h[t]<-a<=-b|>f # c"), "h [ t ] <- a <= - b |> f");
  EXPECT_EQ(lexed("0..depth a..b ...S x.y.z2"), "0 .. depth a .. b ... S x.y.z2");
}

TEST(Lexer, ReadsNumbers) {
  const ir::Source source{"test.grad", "12 1.5 1e-3 2E+4"};
  const std::vector<Token> tokens = tokenize(source);
  EXPECT_EQ(tokens[0].kind, TokenKind::integer);
  EXPECT_EQ(tokens[0].integer, 12);
  EXPECT_EQ(tokens[1].kind, TokenKind::real);
  EXPECT_EQ(tokens[1].real, 1.5);
  EXPECT_EQ(tokens[2].real, 1e-3);
  EXPECT_EQ(tokens[3].real, 2e4);
}

TEST(Lexer, MarksMalformedNumbers) {
  EXPECT_EQ(lexed("3rd 1. 1.e5 1e 1.2.3 99999999999999999999 1e999"),
            "3rd! 1.! 1.e5! 1e! 1.2.3! 99999999999999999999! 1e999!");
}

TEST(Lexer, ResolvesEscapes) {
  const ir::Source source{"test.grad", R"("a\"b\\\n" "open)"};
  const std::vector<Token> tokens = tokenize(source);
  EXPECT_EQ(string_value(tokens[0]), "a\"b\\\n");
  EXPECT_EQ(tokens[1].problem, ir::Message::unterminated_string);
  EXPECT_EQ(string_value(tokens[1]), "open");
}

TEST(Lexer, ReportsGarbageOnce) {
  EXPECT_EQ(lexed("a $$? b"), "a $$?! b");
  EXPECT_EQ(printable(std::string_view("\xC3\xA9\x01\xFF", 4)), "é\\x01\\xFF");
}

TEST(Lexer, LocatesTokens) {
  const ir::Source source{"test.grad", "a\n  bc"};
  const Token token = tokenize(source)[2];
  EXPECT_EQ(ir::to_string(token.location), "test.grad:2:3");
  EXPECT_EQ(token.location.end - token.location.begin, 2u);
}

TEST(Layout, LineEndsEndStatements) { EXPECT_EQ(laid_out("\n\na\n\n# c\nb\n"), "a ; b ;"); }

TEST(Layout, StatementsGoOn) {
  EXPECT_EQ(laid_out("a = f(x,\n y)\n"), "a = f ( x , y ) ;");
  EXPECT_EQ(laid_out("a = b +\n c"), "a = b + c");
  EXPECT_EQ(laid_out("dim A = 1,\n B = 2"), "dim A = 1 , B = 2");
  EXPECT_EQ(laid_out("x\n |> f # c\n\n |> g"), "x |> f |> g");
  EXPECT_EQ(laid_out("s\n using opt()\n clip_norm 1\n clip_value 2"),
            "s using opt ( ) clip_norm 1 clip_value 2");
  EXPECT_EQ(laid_out("if a\n{ b }\nelse\n{ c }"), "if a { b } else { c }");
}

TEST(Layout, BracesEndParentheses) { EXPECT_EQ(laid_out("{ f(a }\nb"), "{ f ( a )! } ; b"); }

TEST(Layout, SuppliesBracketsAtTheEndOfAStatement) {
  EXPECT_EQ(laid_out("y = f(g(x)\nz = 3"), "y = f ( g ( x ) )! ; z = 3");
  EXPECT_EQ(laid_out("y = [1, 2\nz = 3"), "y = [ 1 , 2 ]! ; z = 3");
  EXPECT_EQ(laid_out("y = (a]"), "y = ( a ] )!");
  EXPECT_EQ(laid_out("y = [(a]"), "y = [ ( a )! ]");
}

TEST(Layout, SuppliesBracesBeforeADeclaration) {
  EXPECT_EQ(laid_out("model A {\n x = 3\nmodel B {\n}"), "model A { ; x = 3 ; }! ; model B { ; }");
}

TEST(Layout, SuppliedBracketsPointAtTheirOpening) {
  const ir::Source source{"test.grad", "y = f(x\nz = 3"};
  const Token supplied = lay_out(tokenize(source))[5];
  EXPECT_TRUE(supplied.is_supplied);
  EXPECT_EQ(ir::to_string(supplied.location), "test.grad:1:6");
}

}  // namespace
}  // namespace gradc::frontend
