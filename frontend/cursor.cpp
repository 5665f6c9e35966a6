#include "frontend/cursor.h"

#include <algorithm>

#include "frontend/foreign.h"
#include "frontend/layout.h"
#include "ir/messages.h"

namespace gradc::frontend {

using ir::Message;

Cursor::Cursor(const ir::Source& source, ir::Diagnostics& diagnostics)
    : tokens_(lay_out(tokenize(source))),
      diagnostics_(diagnostics),
      errors_before_(diagnostics.error_count()) {
  report_problem();
}

const Token& Cursor::peek(std::size_t ahead) const {
  return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
}

Token Cursor::next() {
  const Token passed = peek();
  if (at_end()) return passed;
  // A supplied bracket has the location of its opening one and would turn ranges around.
  if (!passed.is_supplied) last_ = passed.location;
  ++at_;
  report_problem();
  return passed;
}

/// A token's own problem is reported when the token comes up, before any rule looks at it.
void Cursor::report_problem() {
  const Token& token = peek();
  if (!token.problem) return;
  const std::string_view written = token.location.source->text;
  const std::size_t length = token.location.end - token.location.begin;
  const std::string_view text = written.substr(token.location.begin, length);
  auto problem = report(token.location, *token.problem, printable(text));
  if (const auto hint = hint_for(text); !hint.empty()) problem.note(std::string(hint));
}

/// Gives up when there are too many errors. Type rules report past the cursor: they count too.
bool Cursor::has_enough() {
  if (is_abandoned_) return true;
  if (diagnostics_.error_count() - errors_before_ < max_errors) return false;
  diagnostics_.report(location(), Message::too_many_errors, max_errors);
  abandon();
  return true;
}

void Cursor::abandon() {
  at_ = tokens_.size() - 1;
  is_abandoned_ = true;
  panics_ = true;
}

bool Cursor::accept(std::string_view text) {
  if (!at(text)) return false;
  next();
  return true;
}

bool Cursor::expect(std::string_view text) {
  if (accept(text)) return true;
  fail(fmt::format("`{}`", text));
  return false;
}

ast::Name Cursor::expect_name(std::string_view what) {
  const bool has_dots = at(TokenKind::name) && peek().text.find('.') != std::string_view::npos;
  if (!has_dots) return expect_path(what);
  fail(fmt::format("{} without dots", what));
  return {};
}

ast::Name Cursor::expect_path(std::string_view what) {
  if (!at(TokenKind::name)) return fail(what), ast::Name{};
  const Token token = next();
  return {std::string(token.text), token.location};
}

ast::Text Cursor::expect_string() {
  if (!at(TokenKind::string)) return fail("a string"), ast::Text{};
  const Token token = next();
  return {string_value(token), token.location};
}

void Cursor::fail(std::string_view expected) {
  if (panics_) return;
  // What has a problem of its own has been reported already; what is inside an unclosed bracket has
  // that problem, which is reported next.
  if (peek().problem || is_inside_unclosed()) return void(panics_ = true);
  const std::string_view found = peek().text;
  auto report = fail_with(location(), Message::expected_token, expected, describe(peek()));
  if (const auto hint = hint_for(found); !hint.empty()) report.note(std::string(hint));
}

/// A `)` or `]` was supplied in the rest of the statement.
bool Cursor::is_inside_unclosed() const {
  for (std::size_t i = at_; i < tokens_.size() && tokens_[i].kind != TokenKind::newline; ++i)
    if (tokens_[i].is_supplied && tokens_[i].text != "}") return true;
  return false;
}

void Cursor::skip_newlines() {
  while (peek().kind == TokenKind::newline) next();
}

void Cursor::skip_newlines_before(std::string_view text) {
  std::size_t newlines = 0;
  while (peek(newlines).kind == TokenKind::newline) ++newlines;
  if (peek(newlines).text == text) skip_newlines();
}

void Cursor::end_statement() {
  has_enough();
  if (at(TokenKind::newline)) return skip_newlines();
  if (!at_end() && !at("}")) fail("end of line");
  synchronize();
  skip_newlines();
}

void Cursor::synchronize() {
  if (!panics_) return;
  std::size_t depth = 0;
  while (!at_end()) {
    if (depth == 0 && (peek().kind == TokenKind::newline || peek().text == "}")) break;
    if (peek().text == "{") ++depth;
    if (peek().text == "}") --depth;
    next();
  }
  panics_ = false;
}

void Cursor::synchronize_at_block() {
  if (!panics_) return;
  while (!at_end() && peek().kind != TokenKind::newline && peek().text != "{" && peek().text != "}")
    next();
  panics_ = peek().text != "{";
}

Cursor::Level::Level(Cursor& cursor) : cursor_(cursor) {
  if (++cursor_.level_ <= max_nesting) return;
  cursor_.fail_with(cursor_.location(), Message::nesting_too_deep, max_nesting);
  cursor_.abandon();
}

}  // namespace gradc::frontend
