#include "driver/utf8.h"

#include <cassert>

namespace gradc::driver {

namespace {

/// Well-formed sequences, table 3-7 of the Unicode standard: the first byte's range, and the range
/// of the second byte, which alone excludes overlong forms and surrogates.
struct Sequence {
  std::uint8_t first_low, first_high;
  std::uint8_t second_low, second_high;
  std::size_t length;
};
constexpr Sequence sequences[] = {
    {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3}, {0xE1, 0xEC, 0x80, 0xBF, 3},
    {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3}, {0xF0, 0xF0, 0x90, 0xBF, 4},
    {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
};

bool is_between(char c, std::uint8_t low, std::uint8_t high) {
  const auto byte = static_cast<std::uint8_t>(c);
  return low <= byte && byte <= high;
}

}  // namespace

std::size_t utf8_length(std::string_view text) {
  if (text.empty()) return 0;
  if (is_between(text[0], 0, 0x7F)) return 1;
  for (const Sequence& sequence : sequences) {
    if (!is_between(text[0], sequence.first_low, sequence.first_high)) continue;
    if (text.size() < sequence.length) return 0;
    if (!is_between(text[1], sequence.second_low, sequence.second_high)) return 0;
    for (std::size_t i = 2; i < sequence.length; ++i)
      if (!is_between(text[i], 0x80, 0xBF)) return 0;
    return sequence.length;
  }
  return 0;
}

void append_utf8(std::string& text, std::uint32_t code_point) {
  assert(code_point <= 0x10FFFF && (code_point < 0xD800 || code_point > 0xDFFF) &&
         "a scalar value");
  const auto trailing = [&](int shift) {
    return static_cast<char>(0x80 | (code_point >> shift & 0x3F));
  };
  const auto leading = [&](std::uint32_t mark, int shift) {
    return static_cast<char>(mark | code_point >> shift);
  };
  if (code_point < 0x80)
    text += {leading(0, 0)};
  else if (code_point < 0x800)
    text += {leading(0xC0, 6), trailing(0)};
  else if (code_point < 0x10000)
    text += {leading(0xE0, 12), trailing(6), trailing(0)};
  else
    text += {leading(0xF0, 18), trailing(12), trailing(6), trailing(0)};
}

}  // namespace gradc::driver
