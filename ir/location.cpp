#include "ir/location.h"

#include <fmt/format.h>

#include <algorithm>

namespace gradc::ir {

Location span(Location first, Location last) {
  if (!first) return last;
  if (first.source != last.source) return first;
  return {first.source, std::min(first.begin, last.begin), std::max(first.end, last.end)};
}

Position position_of(Location location) {
  if (!location) return {};
  const std::string_view before = std::string_view(location.source->text).substr(0, location.begin);
  const auto newline = before.rfind('\n');
  const std::size_t line_start = newline == std::string_view::npos ? 0 : newline + 1;
  return {.line = 1 + static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n')),
          .column = 1 + static_cast<std::uint32_t>(before.size() - line_start)};
}

std::string_view line_of(Location location) {
  if (!location) return {};
  const std::string_view text = location.source->text;
  const std::size_t begin = std::min<std::size_t>(location.begin, text.size());
  const auto newline = begin == 0 ? std::string_view::npos : text.rfind('\n', begin - 1);
  const std::size_t first = newline == std::string_view::npos ? 0 : newline + 1;
  const std::size_t last = std::min(text.find('\n', begin), text.size());
  return text.substr(first, last - first);
}

std::string to_string(Location location) {
  if (!location) return {};
  const Position position = position_of(location);
  return fmt::format("{}:{}:{}", location.source->name, position.line, position.column);
}

}  // namespace gradc::ir
