#include "frontend/format.h"

#include <algorithm>
#include <iterator>

#include "frontend/format_lines.h"

namespace gradc::frontend {

namespace {

constexpr std::size_t indentation = 2;

template <std::size_t size>
bool is_one_of(std::string_view text, const std::string_view (&table)[size]) {
  return std::ranges::find(table, text) != std::end(table);
}

// ---- between two tokens ---------------------------------------------------------------------

constexpr std::string_view arithmetic[] = {"+", "-", "*", "/", "%"};
/// Words that are names for the lexer, and are followed by an expression.
constexpr std::string_view clause_words[] = {"minimize", "where",   "truncate", "epochs",
                                             "seed",     "holdout", "each",     "eval"};

bool ends_operand(const Token& token) {
  if (token.kind == TokenKind::keyword)
    return token.text == "true" || token.text == "false" || token.text == "inf";
  return token.kind != TokenKind::symbol || token.text == ")" || token.text == "]";
}

bool is_apart(const Token& left, const Token& right) {
  return left.location.end != right.location.begin;
}

/// A line's tokens with the right spaces between them.
class Spacing {
 public:
  explicit Spacing(const std::vector<Token>& tokens) : tokens_(tokens) {}

  std::string run() const {
    std::string out;
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (i > 0 && has_space(i)) out += ' ';
      out += tokens_[i].text;
    }
    return out;
  }

 private:
  /// Between token i - 1 and token i.
  bool has_space(std::size_t i) const {
    const Token &left = tokens_[i - 1], &right = tokens_[i];
    if (left.text == "{" || right.text == "}") return left.text != "{" || right.text != "}";
    if (right.text == "," || right.text == ";" || right.text == ":" || right.text == ")" ||
        right.text == "]")
      return false;
    if (left.text == "(" || left.text == "[" || left.text == "...") return false;
    if (is_tight(i - 1) || is_tight(i) || is_sign(i - 1)) return false;
    if (right.text == "(" || right.text == "[") return !opens_call(left);
    return true;
  }

  bool opens_call(const Token& left) const {
    if (left.kind == TokenKind::name) return !is_one_of(left.text, clause_words);
    return left.text == ")" || left.text == "]";
  }

  bool is_sign(std::size_t i) const {
    return tokens_[i].text == "-" && (i == 0 || !ends_operand(tokens_[i - 1]));
  }

  /// Takes no spaces: `^` and `..`, and arithmetic that is written without any.
  bool is_tight(std::size_t i) const {
    const std::string_view text = tokens_[i].text;
    if (text == "^" || text == "..") return true;
    if (!is_one_of(text, arithmetic)) return false;
    return i > 0 && !is_sign(i) && i + 1 < tokens_.size() &&
           !is_apart(tokens_[i - 1], tokens_[i]) && !is_apart(tokens_[i], tokens_[i + 1]);
  }

  const std::vector<Token>& tokens_;
};

// ---- before a line --------------------------------------------------------------------------

/// Where each line begins. A line that continues a statement keeps its distance from it.
class Indentation {
 public:
  explicit Indentation(const std::vector<FormatLine>& lines) : lines_(lines) {}

  std::vector<std::size_t> run() {
    std::vector<std::size_t> out;
    for (const FormatLine& line : lines_) {
      out.push_back(line.tokens.empty() ? indentation * depth_ : indent(line));
      count_braces(line);
    }
    indent_comments(out);
    return out;
  }

 private:
  std::size_t indent(const FormatLine& line) {
    const Token& first = line.tokens.front();
    const bool continues = line.continues || first.text == "(" || first.text == "[";
    if (!continues || first.text == "}") {
      const bool closes = first.text == "}" && depth_ > 0;
      statement_ = indentation * (closes ? depth_ - 1 : depth_);
      column_ = column_of(first);
      return statement_;
    }
    const bool may_align = first.text == "{" || first.text == ")" || first.text == "]";
    const std::size_t least = may_align ? 0 : indentation;
    const std::size_t distance = column_of(first) - std::min(column_, column_of(first));
    return statement_ + (first.text == "{" ? 0 : std::max(least, distance));
  }

  void count_braces(const FormatLine& line) {
    for (const Token& token : line.tokens) {
      if (token.text == "{") ++depth_;
      if (token.text == "}" && depth_ > 0) --depth_;
    }
  }

  /// A comment on its own belongs to what it stands above, if that is in its block.
  void indent_comments(std::vector<std::size_t>& indents) const {
    for (std::size_t i = lines_.size(); i-- > 1;) {
      const bool is_above = !lines_[i].is_blank() &&
                            (lines_[i].tokens.empty() || lines_[i].tokens.front().text != "}");
      if (is_above && lines_[i - 1].tokens.empty()) indents[i - 1] = indents[i];
    }
  }

  const std::vector<FormatLine>& lines_;
  std::size_t depth_ = 0;
  std::size_t statement_ = 0, column_ = 0;
};

// ---- behind a line --------------------------------------------------------------------------

/// Characters, as they are counted on a screen.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

/// Comments behind lines that follow each other stand below each other.
void append_comments(const std::vector<FormatLine>& lines, std::vector<std::string>& texts) {
  const auto has_both = [&](std::size_t i) {
    return i < lines.size() && !lines[i].tokens.empty() && !lines[i].comment.empty();
  };
  for (std::size_t first = 0; first < lines.size(); ++first) {
    std::size_t last = first, widest = 0;
    for (; has_both(last); ++last) widest = std::max(widest, width(texts[last]));
    for (std::size_t i = first; i < last; ++i)
      texts[i] += std::string(widest - width(texts[i]) + 2, ' ') + std::string(lines[i].comment);
    if (last > first) first = last - 1;
  }
}

/// A block does not begin or end with a blank line.
bool is_dropped(const std::vector<FormatLine>& lines, std::size_t i) {
  if (!lines[i].is_blank() || i == 0 || i + 1 == lines.size()) return false;
  const auto& before = lines[i - 1].tokens;
  const auto& after = lines[i + 1].tokens;
  return (!before.empty() && before.back().text == "{") ||
         (!after.empty() && after.front().text == "}");
}

}  // namespace

std::string format(const ir::Source& source) {
  const std::vector<FormatLine> lines = format_lines(source);
  const std::vector<std::size_t> indents = Indentation(lines).run();
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::string& text = texts.emplace_back();
    if (lines[i].is_blank()) continue;
    text = std::string(indents[i], ' ') + Spacing(lines[i].tokens).run();
    if (lines[i].tokens.empty()) text += lines[i].comment;
  }
  append_comments(lines, texts);
  std::string out;
  for (std::size_t i = 0; i < lines.size(); ++i)
    if (!is_dropped(lines, i)) out += texts[i] + "\n";
  return out;
}

}  // namespace gradc::frontend
