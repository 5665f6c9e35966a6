#pragma once
/// What is written in other languages, and what is written here instead.
#include <string_view>

namespace gradc::frontend {

/// "`and(a, b)` joins conditions" for `&&`; empty for words that say nothing about another
/// language.
std::string_view hint_for(std::string_view written);

}  // namespace gradc::frontend
