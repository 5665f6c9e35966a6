#include "frontend/format_lines.h"

#include <algorithm>
#include <set>

#include "frontend/layout.h"

namespace gradc::frontend {

namespace {

bool is_line_end(const Token& token) {
  return token.kind == TokenKind::newline && token.text != ";";
}

/// Where statements end: the newlines that mean something.
std::set<std::uint32_t> statement_ends(std::vector<Token> tokens) {
  std::set<std::uint32_t> out;
  for (const Token& token : lay_out(std::move(tokens)))
    if (is_line_end(token)) out.insert(token.location.begin);
  return out;
}

/// The comment between two places, without blanks at its end.
std::string_view comment_between(std::string_view text, std::size_t begin, std::size_t end) {
  const std::string_view gap = text.substr(begin, end - begin);
  const std::size_t hash = gap.find('#');
  if (hash == std::string_view::npos) return {};
  const std::string_view comment = gap.substr(hash);
  return comment.substr(0, comment.find_last_not_of(" \t\r\f\v") + 1);
}

std::vector<FormatLine> written_lines(const ir::Source& source) {
  const std::vector<Token> tokens = tokenize(source);
  const std::set<std::uint32_t> ends = statement_ends(tokens);
  std::vector<FormatLine> out(1);
  std::size_t passed = 0;
  bool has_begun = false;
  for (const Token& token : tokens) {
    out.back().comment = comment_between(source.text, passed, token.location.begin);
    passed = token.location.end;
    if (token.kind == TokenKind::end) break;
    if (!is_line_end(token)) {
      out.back().tokens.push_back(token);
      has_begun = true;
      continue;
    }
    out.emplace_back().continues = has_begun && !ends.contains(token.location.begin);
  }
  return out;
}

/// The lines of the matching brackets `{` and `}`, by the place of each.
struct Braces {
  std::set<std::uint32_t> multiline;  ///< those whose partner is on another line
};

Braces find_braces(const std::vector<FormatLine>& lines) {
  struct Opening {
    std::uint32_t place;
    std::size_t line;
  };
  Braces out;
  std::vector<Opening> open;
  for (std::size_t i = 0; i < lines.size(); ++i)
    for (const Token& token : lines[i].tokens) {
      if (token.text == "{") open.push_back({token.location.begin, i});
      if (token.text != "}" || open.empty()) continue;
      if (open.back().line != i) {
        out.multiline.insert(open.back().place);
        out.multiline.insert(token.location.begin);
      }
      open.pop_back();
    }
  return out;
}

/// A block on one line inside a block that is broken stays on its line.
std::vector<FormatLine> broken_at(const FormatLine& line, const Braces& braces) {
  const auto is_multiline = [&](const Token& token, std::string_view text) {
    return token.text == text && braces.multiline.contains(token.location.begin);
  };
  std::vector<FormatLine> out(1);
  out.back().continues = line.continues;
  for (const Token& token : line.tokens) {
    auto& tokens = out.back().tokens;
    const bool is_new_line =
        !tokens.empty() && (is_multiline(token, "}") || is_multiline(tokens.back(), "{"));
    if (is_new_line && tokens.back().text == ";") tokens.pop_back();
    if (is_new_line && !tokens.empty()) out.emplace_back();
    if (out.back().tokens.empty() && token.text == ";") continue;
    out.back().tokens.push_back(token);
  }
  out.back().comment = line.comment;
  return out;
}

}  // namespace

std::vector<FormatLine> format_lines(const ir::Source& source) {
  const std::vector<FormatLine> written = written_lines(source);
  const Braces braces = find_braces(written);
  std::vector<FormatLine> out;
  for (const FormatLine& line : written)
    for (FormatLine& part : broken_at(line, braces)) {
      const bool is_leading = part.is_blank() && (out.empty() || out.back().is_blank());
      if (!is_leading) out.push_back(std::move(part));
    }
  while (!out.empty() && out.back().is_blank()) out.pop_back();
  return out;
}

std::size_t column_of(const Token& token) { return ir::position_of(token.location).column - 1; }

}  // namespace gradc::frontend
