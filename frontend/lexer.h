#pragma once
/// Text → tokens.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ir/diagnostics.h"
#include "ir/location.h"

namespace gradc::frontend {

enum class TokenKind : std::uint8_t {
  name,     ///< `x`, `l0.wx`
  keyword,  ///< a reserved word
  integer,
  real,
  string,
  symbol,   ///< operators and brackets
  newline,  ///< the end of a statement: a line's end, or `;`
  end,
  invalid,  ///< what could not be read
};

/// A token, and what is wrong with it. The lexer does not report: whoever reads the tokens does, as
/// it passes them, so that messages come in the order of the text.
struct Token {
  TokenKind kind = TokenKind::end;
  ir::Location location;
  std::string_view text;     ///< as written; points into the source
  std::int64_t integer = 0;  ///< the value of an integer
  double real = 0;           ///< the value of a real
  std::optional<ir::Message> problem = {};
  bool is_supplied = false;  ///< a closing bracket that is not in the text
};

/// The tokens of a text, the last one is `end`. Every line's end is a newline token; comments and
/// blanks are gone.
std::vector<Token> tokenize(const ir::Source& source);

bool is_keyword(std::string_view word);

/// The text of a string token: without quotes, escapes resolved.
std::string string_value(const Token& token);

/// The token in a message: "`x`", "end of line", "the keyword `for`".
std::string describe(const Token& token);

/// Text as it can be shown in a message: control characters and broken UTF-8 as `\xNN`, and not too
/// long.
std::string printable(std::string_view text);

}  // namespace gradc::frontend
