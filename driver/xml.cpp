#include "driver/xml.h"

#include <algorithm>

#include "driver/utf8.h"

namespace gradc::driver {

namespace {

std::string_view entity(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    default:
      return {};
  }
}

}  // namespace

std::string xml_text(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = std::max<std::size_t>(utf8_length(text), 1);
    const bool is_broken = utf8_length(text) == 0 || static_cast<unsigned char>(text[0]) < 0x20;
    if (is_broken)
      out += '?';
    else if (const std::string_view escaped = entity(text[0]); !escaped.empty())
      out += escaped;
    else
      out += text.substr(0, length);
    text.remove_prefix(length);
  }
  return out;
}

}  // namespace gradc::driver
