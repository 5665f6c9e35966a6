#include "frontend/lexer.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "ir/messages.h"

namespace gradc::frontend {

namespace {

constexpr std::string_view keywords[] = {"if",     "then",   "else",  "for",       "in",
                                         "return", "assert", "true",  "false",     "inf",
                                         "over",   "as",     "using", "clip_norm", "clip_value"};

// Longest first, so that the first match is the right one.
constexpr std::string_view symbols[] = {"...", "..", "->", "<-", "|>", "<=", ">=", "==", "!=", "+",
                                        "-",   "*",  "/",  "%",  "@",  "^",  "<",  ">",  "=",  "~",
                                        ":",   ",",  "(",  ")",  "[",  "]",  "{",  "}"};

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool starts_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
constexpr bool continues_name(char c) { return starts_name(c) || is_digit(c); }
constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

std::string_view find_symbol(std::string_view rest) {
  const auto found =
      std::ranges::find_if(symbols, [&](auto symbol) { return rest.starts_with(symbol); });
  return found == std::end(symbols) ? std::string_view() : *found;
}

class Lexer {
 public:
  explicit Lexer(const ir::Source& source) : source_(source), text_(source.text) {}

  std::vector<Token> run() {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;  // a byte order mark
    while (skip_blanks(), at_ < text_.size()) read_token();
    append(TokenKind::end, at_);
    return std::move(tokens_);
  }

 private:
  char look(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
    if (look() == '#') at_ = std::min(text_.find('\n', at_), text_.size());
  }

  template <typename Predicate>
  void skip_while(Predicate predicate) {
    while (at_ < text_.size() && predicate(text_[at_])) ++at_;
  }

  /// The token from `begin` to here.
  Token& append(TokenKind kind, std::size_t begin) {
    const ir::Location location{&source_, static_cast<std::uint32_t>(begin),
                                static_cast<std::uint32_t>(at_)};
    return tokens_.emplace_back(
        Token{.kind = kind, .location = location, .text = text_.substr(begin, at_ - begin)});
  }

  void read_token() {
    const std::size_t begin = at_;
    if (look() == '\n' || look() == ';') return ++at_, void(append(TokenKind::newline, begin));
    if (starts_name(look())) return read_name();
    if (is_digit(look())) return read_number();
    if (look() == '"') return read_string();
    if (const auto symbol = find_symbol(text_.substr(at_)); !symbol.empty()) {
      at_ += symbol.size();
      return void(append(TokenKind::symbol, begin));
    }
    read_garbage();
  }

  /// `l0.lstm.wx` is one name: parameters are named by the path to them. `0..depth` is not touched,
  /// because a dot must be followed by a letter or a digit.
  void read_name() {
    const std::size_t begin = at_;
    skip_while(continues_name);
    while (look() == '.' && continues_name(look(1))) {
      ++at_;
      skip_while(continues_name);
    }
    Token& token = append(TokenKind::name, begin);
    if (is_keyword(token.text)) token.kind = TokenKind::keyword;
  }

  void read_number() {
    const std::size_t begin = at_;
    bool is_real = false;
    skip_while(is_digit);
    if (look() == '.' && look(1) != '.') {
      is_real = true;
      ++at_;
      skip_while(is_digit);
    }
    if (look() == 'e' || look() == 'E') {
      is_real = true;
      ++at_;
      if (look() == '+' || look() == '-') ++at_;
      skip_while(is_digit);
    }
    // `3rd` and `1.2.3` are one wrong number each, not a number and something else.
    skip_while(continues_name);
    while (look() == '.' && continues_name(look(1))) {
      ++at_;
      skip_while(continues_name);
    }
    set_value(append(is_real ? TokenKind::real : TokenKind::integer, begin));
  }

  static void set_value(Token& token) {
    const char* const end = token.text.data() + token.text.size();
    const auto [stop, failure] = token.kind == TokenKind::integer
                                     ? std::from_chars(token.text.data(), end, token.integer)
                                     : std::from_chars(token.text.data(), end, token.real);
    // "1." and "1.e5" parse, but a digit after the dot keeps numbers and ranges apart.
    const auto dot = token.text.find('.');
    const bool has_fraction =
        dot == std::string_view::npos || is_digit(token.text.substr(dot + 1)[0]);
    if (failure == std::errc() && stop == end && has_fraction) return;
    token.kind = TokenKind::invalid;
    token.problem = ir::Message::malformed_number;
  }

  void read_string() {
    const std::size_t begin = at_++;
    while (at_ < text_.size() && look() != '"' && look() != '\n')
      at_ += look() == '\\' && look(1) != '\n' ? 2 : 1;
    at_ = std::min(at_, text_.size());
    const bool is_closed = look() == '"';
    if (is_closed) ++at_;
    Token& token = append(TokenKind::string, begin);
    if (!is_closed) token.problem = ir::Message::unterminated_string;
  }

  /// All that starts no token, up to something that does: one message for it is enough.
  void read_garbage() {
    const std::size_t begin = at_;
    const auto is_garbage = [&] {
      const char c = look();
      return !is_blank(c) && c != '\n' && c != ';' && c != '#' && c != '"' && !continues_name(c) &&
             find_symbol(text_.substr(at_)).empty();
    };
    while (at_ < text_.size() && is_garbage()) ++at_;
    append(TokenKind::invalid, begin).problem = ir::Message::unexpected_character;
  }

  const ir::Source& source_;
  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Token> tokens_;
};

/// Bytes of the UTF-8 character that `text` starts with; 0 if there is none.
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::size_t length = byte(0) < 0x80   ? 1
                             : byte(0) < 0xC2 ? 0
                             : byte(0) < 0xE0 ? 2
                             : byte(0) < 0xF0 ? 3
                             : byte(0) < 0xF5 ? 4
                                              : 0;
  if (length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xC0) != 0x80) return 0;
  return length;
}

}  // namespace

std::vector<Token> tokenize(const ir::Source& source) { return Lexer(source).run(); }

bool is_keyword(std::string_view word) {
  return std::ranges::find(keywords, word) != std::end(keywords);
}

std::string string_value(const Token& token) {
  std::string_view raw = token.text.substr(1);
  if (!token.problem) raw.remove_suffix(1);
  std::string value;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const bool is_escape = raw[i] == '\\' && i + 1 < raw.size();
    if (!is_escape) {
      value += raw[i];
      continue;
    }
    const char escaped = raw[++i];
    value += escaped == 'n' ? '\n' : escaped == 't' ? '\t' : escaped;
  }
  return value;
}

std::string printable(std::string_view text) {
  constexpr std::size_t longest = 40;
  std::string out;
  while (!text.empty() && out.size() < longest) {
    const std::size_t length = character_length(text);
    const auto first = static_cast<unsigned char>(text[0]);
    const bool is_shown = length > 0 && first >= 0x20 && first != 0x7F;
    out += is_shown ? std::string(text.substr(0, length)) : fmt::format("\\x{:02X}", first);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return text.empty() ? out : out + "…";
}

std::string describe(const Token& token) {
  if (token.kind == TokenKind::end) return "end of file";
  if (token.kind == TokenKind::newline && token.text != ";") return "end of line";
  const std::string quoted = fmt::format("`{}`", printable(token.text));
  return token.kind == TokenKind::keyword ? "the keyword " + quoted : quoted;
}

}  // namespace gradc::frontend
