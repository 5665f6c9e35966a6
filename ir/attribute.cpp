#include "ir/attribute.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

namespace gradc::ir {

namespace {

/// Shortest text that reads back as the same double, always recognisable as a real.
std::string real_text(double value) {
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  if (std::isnan(value)) return "nan";
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

template <typename T, typename F>
std::string list_text(const std::vector<T>& values, F text_of) {
  std::vector<std::string> texts;
  for (const T& value : values) texts.push_back(text_of(value));
  return fmt::format("[{}]", fmt::join(texts, ", "));
}

struct Printer {
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(std::int64_t value) const { return fmt::format("{}", value); }
  std::string operator()(double value) const { return real_text(value); }
  std::string operator()(const std::string& value) const { return quoted(value); }
  std::string operator()(DType value) const { return std::string(name(value)); }
  template <typename T>
  std::string operator()(const std::vector<T>& values) const {
    return list_text(values, *this);
  }
};

}  // namespace

std::string_view describe(AttributeKind kind) {
  constexpr std::string_view texts[] = {"true or false",      "an integer",
                                        "a real number",      "a string",
                                        "a list of integers", "a list of real numbers",
                                        "a list of strings",  "an element type"};
  return texts[static_cast<std::size_t>(kind)];
}

Attributes::Attributes(std::initializer_list<std::pair<std::string, Attribute>> entries) {
  for (const auto& [name, value] : entries) set(name, value);
}

void Attributes::set(std::string name, Attribute value) {
  const auto place =
      std::ranges::lower_bound(entries_, name, {}, &std::pair<std::string, Attribute>::first);
  if (place != entries_.end() && place->first == name)
    place->second = std::move(value);
  else
    entries_.emplace(place, std::move(name), std::move(value));
}

const Attribute* Attributes::find(std::string_view name) const {
  const auto place =
      std::ranges::lower_bound(entries_, name, {}, &std::pair<std::string, Attribute>::first);
  return place != entries_.end() && place->first == name ? &place->second : nullptr;
}

std::string to_string(const Attribute& value) { return std::visit(Printer{}, value); }

std::string to_string(const Attributes& attributes) {
  if (attributes.empty()) return {};
  std::vector<std::string> texts;
  for (const auto& [name, value] : attributes)
    texts.push_back(fmt::format("{} = {}", name, to_string(value)));
  return fmt::format("{{{}}}", fmt::join(texts, ", "));
}

}  // namespace gradc::ir
