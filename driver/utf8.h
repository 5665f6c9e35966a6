#pragma once
/// UTF-8, as far as strings that cross a file need it.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gradc::driver {

/// Bytes of the well-formed character at the front of `text`; 0 if there is none.
std::size_t utf8_length(std::string_view text);

/// Append a code point (not a surrogate, at most 0x10FFFF).
void append_utf8(std::string& text, std::uint32_t code_point);

}  // namespace gradc::driver
