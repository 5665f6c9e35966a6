#pragma once
/// Which line ends end a statement, and which brackets are never closed.
#include <vector>

#include "frontend/lexer.h"

namespace gradc::frontend {

/// Drops the newlines that do not end a statement: those inside `()` and `[]`, after a binary
/// operator or a comma, and before a line that goes on with `|>`, `->`, `as`, `over`, `using`,
/// `clip_norm`, `clip_value`, `then`, `else` or `{`. Supplies closing brackets where they are
/// missing, each with the problem `unclosed_bracket` and the location of the opening bracket, so
/// that the rest of the text reads as it was meant.
std::vector<Token> lay_out(std::vector<Token> tokens);

}  // namespace gradc::frontend
