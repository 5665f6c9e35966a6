#include "frontend/layout.h"

#include <algorithm>
#include <iterator>
#include <ranges>

#include "frontend/cursor.h"
#include "ir/messages.h"

namespace gradc::frontend {

namespace {

// A line that ends with one of these goes on in the next.
constexpr std::string_view open_ends[] = {"+", "-",  "*",  "/",    "%",   "@",  "^",
                                          "<", ">",  "<=", ">=",   "==",  "!=", "|>",
                                          ",", "->", "..", "then", "else"};
// A line that starts with one of these continues the one before.
constexpr std::string_view continuations[] = {"|>",        "->",         "as",   "over", "using",
                                              "clip_norm", "clip_value", "then", "else", "{"};
// A name that starts a line inside brackets, after an operand, can only be one of these.
constexpr std::string_view infix_words[] = {"over", "as", "on", "then", "else", "in"};
constexpr std::string_view literal_words[] = {"true", "false", "inf"};
// At the margin and with a name behind, these start a declaration of the file: whatever is open has
// not been closed.
constexpr std::string_view file_words[] = {"fn", "layer", "optimizer", "model", "graph"};

template <std::size_t size>
bool is_one_of(std::string_view text, const std::string_view (&table)[size]) {
  return std::ranges::find(table, text) != std::end(table);
}

std::string_view closing(std::string_view opening) {
  return opening == "(" ? ")" : opening == "[" ? "]" : "}";
}

bool is_word(const Token& token) {
  return token.kind == TokenKind::name || token.kind == TokenKind::keyword;
}

bool ends_operand(const Token& token) {
  return token.kind == TokenKind::name || token.kind == TokenKind::integer ||
         token.kind == TokenKind::real || token.kind == TokenKind::string || token.text == ")" ||
         token.text == "]" || is_one_of(token.text, literal_words);
}

class Layout {
 public:
  explicit Layout(std::vector<Token> tokens) : in_(std::move(tokens)) {}

  std::vector<Token> run() {
    out_.reserve(in_.size());
    for (at_ = 0; at_ < in_.size(); ++at_) read(in_[at_]);
    return std::move(out_);
  }

 private:
  void read(const Token& token) {
    if (token.kind == TokenKind::newline) return read_newline(token);
    if (token.kind == TokenKind::end) {
      supply_all();
      return out_.push_back(token);
    }
    if (starts_line_ && starts_declaration()) end_declaration(token);
    if (token.kind == TokenKind::symbol) read_bracket(token);
    starts_line_ = false;
    out_.push_back(token);
  }

  void read_newline(const Token& newline) {
    if (newline.text == ";") return out_.push_back(newline);
    starts_line_ = true;
    const Token& next = in_[at_ + 1];
    if (next.kind == TokenKind::newline) return;
    if (is_inside_parentheses() && starts_statement(next)) supply_parentheses();
    if (is_inside_parentheses() || out_.empty()) return;
    const Token& last = out_.back();
    if (last.kind == TokenKind::newline || is_one_of(last.text, open_ends)) return;
    if (is_one_of(next.text, continuations)) return;
    if (last.text == "=" && open_.empty() && !is_at_margin(next)) return;  // the body of a fn
    out_.push_back(newline);
  }

  bool is_inside_parentheses() const { return !open_.empty() && open_.back().text != "{"; }

  /// Inside brackets: two operands in a row. The bracket was meant to end with the line.
  bool starts_statement(const Token& next) const {
    if (next.text == "return" || next.text == "assert") return true;
    if (!is_word(next) || is_one_of(next.text, infix_words)) return false;
    return !out_.empty() && ends_operand(out_.back());
  }

  bool starts_declaration() const {
    const Token& word = in_[at_];
    return is_at_margin(word) && is_one_of(word.text, file_words) &&
           in_[at_ + 1].kind == TokenKind::name;
  }

  static bool is_at_margin(const Token& token) {
    return token.location.begin == 0 || text_before(token).ends_with('\n');
  }
  static std::string_view text_before(const Token& token) {
    return std::string_view(token.location.source->text).substr(0, token.location.begin);
  }

  void end_declaration(const Token& next) {
    if (open_.empty()) return;
    supply_all();
    out_.push_back({.kind = TokenKind::newline, .location = next.location, .text = "\n"});
  }

  void read_bracket(const Token& token) {
    if (token.text == "(" || token.text == "[") return open_.push_back(token);
    if (token.text == "{") {
      supply_parentheses();  // no braces inside parentheses
      return open_.push_back(token);
    }
    const bool is_closing = token.text == ")" || token.text == "]" || token.text == "}";
    if (!is_closing || !is_open(token.text)) return;
    while (closing(open_.back().text) != token.text) supply();
    open_.pop_back();
  }

  /// Something waits for this closing bracket, in this block.
  bool is_open(std::string_view closing_text) const {
    // What nests deeper the parser refuses, so looking deeper would only cost time.
    const std::size_t depth = std::min<std::size_t>(open_.size(), 2 * Cursor::max_nesting);
    for (const Token& bracket : std::views::reverse(open_) | std::views::take(depth)) {
      if (closing(bracket.text) == closing_text) return true;
      if (bracket.text == "{") return false;
    }
    return false;
  }

  /// Closes the innermost open bracket.
  void supply() {
    const Token& opening = open_.back();
    out_.push_back({.kind = TokenKind::symbol,
                    .location = opening.location,
                    .text = closing(opening.text),
                    .problem = ir::Message::unclosed_bracket,
                    .is_supplied = true});
    open_.pop_back();
  }
  void supply_parentheses() {
    while (is_inside_parentheses()) supply();
  }
  void supply_all() {
    while (!open_.empty()) supply();
  }

  std::vector<Token> in_;
  std::size_t at_ = 0;
  bool starts_line_ = true;
  std::vector<Token> open_;
  std::vector<Token> out_;
};

}  // namespace

std::vector<Token> lay_out(std::vector<Token> tokens) { return Layout(std::move(tokens)).run(); }

}  // namespace gradc::frontend
