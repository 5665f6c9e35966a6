#pragma once
/// A text as lines of tokens with their comments; what `format` works on.
#include <cstddef>
#include <string_view>
#include <vector>

#include "frontend/lexer.h"

namespace gradc::frontend {

struct FormatLine {
  std::vector<Token> tokens;  ///< none: a blank line, or a comment on its own
  std::string_view comment;   ///< from its `#` on; empty: there is none
  bool continues = false;     ///< a statement that began on an earlier line
  bool is_blank() const { return tokens.empty() && comment.empty(); }
};

/// The lines of a text. Blocks over several lines open at the end of a line and close on a line of
/// their own.
std::vector<FormatLine> format_lines(const ir::Source& source);

/// The column of a token, from 0.
std::size_t column_of(const Token& token);

}  // namespace gradc::frontend
