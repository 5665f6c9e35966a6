// The types and attributes of the graph text form.
#include <algorithm>
#include <limits>

#include "frontend/graph_reader.h"
#include "ir/messages.h"

namespace gradc::frontend {

namespace {

template <typename T>
bool are_all(const std::vector<ir::Attribute>& items) {
  return std::ranges::all_of(items,
                             [](const auto& item) { return std::holds_alternative<T>(item); });
}

template <typename T>
std::vector<T> as(const std::vector<ir::Attribute>& items) {
  std::vector<T> out;
  for (const ir::Attribute& item : items) out.push_back(std::get<T>(item));
  return out;
}

ir::Attribute as_real(const ir::Attribute& item) {
  const auto* integer = std::get_if<std::int64_t>(&item);
  return integer ? ir::Attribute(static_cast<double>(*integer)) : item;
}

}  // namespace

/// `f32[2, 8]`
ir::Type GraphReader::type() {
  ir::Type type;
  const auto dtype = ir::find_dtype(cursor_.peek().text);
  if (!dtype) return cursor_.fail("a type"), type;
  cursor_.next();
  type.dtype = *dtype;
  if (!cursor_.accept("[")) return type;
  cursor_.list("]", [&] {
    if (!cursor_.at(TokenKind::integer)) return cursor_.fail("the extent of an axis");
    type.shape.push_back(cursor_.next().integer);
  });
  cursor_.expect("]");
  return type;
}

/// `{axes = [0, 1], keep = true}`
ir::Attributes GraphReader::attributes() {
  ir::Attributes out;
  cursor_.expect("{");
  cursor_.list("}", [&] {
    const ast::Name name = cursor_.expect_path("the name of an attribute");
    cursor_.expect("=");
    ir::Attribute value = attribute();
    if (out.find(name.text)) cursor_.report(name.location, ir::Message::repeated_clause, name.text);
    out.set(name.text, std::move(value));
  });
  cursor_.expect("}");
  return out;
}

ir::Attribute GraphReader::attribute() {
  return cursor_.at("[") ? list_attribute() : scalar_attribute();
}

ir::Attribute GraphReader::scalar_attribute() {
  const bool is_negative = cursor_.accept("-");
  const Token token = cursor_.peek();
  const auto number = [&](auto value) -> ir::Attribute {
    cursor_.next();
    return is_negative ? -value : value;
  };
  if (cursor_.at(TokenKind::integer)) return number(token.integer);
  if (cursor_.at(TokenKind::real)) return number(token.real);
  if (cursor_.at("inf")) return number(std::numeric_limits<double>::infinity());
  if (cursor_.at("nan")) return number(std::numeric_limits<double>::quiet_NaN());
  if (is_negative) return cursor_.fail("a number"), ir::Attribute{};
  if (cursor_.at(TokenKind::string)) return cursor_.expect_string().text;
  if (cursor_.at("true") || cursor_.at("false")) return cursor_.next().text == "true";
  const auto dtype = ir::find_dtype(token.text);
  if (!dtype) return cursor_.fail("the value of an attribute"), ir::Attribute{};
  cursor_.next();
  return *dtype;
}

/// A list of integers, of real numbers (some may be written as integers), or of strings.
ir::Attribute GraphReader::list_attribute() {
  const ir::Location first = cursor_.location();
  std::vector<ir::Attribute> items;
  cursor_.expect("[");
  cursor_.list("]", [&] { items.push_back(scalar_attribute()); });
  if (!cursor_.accept("]")) cursor_.fail("`,` or `]`");
  if (are_all<std::int64_t>(items)) return as<std::int64_t>(items);
  if (are_all<std::string>(items)) return as<std::string>(items);
  std::ranges::transform(items, items.begin(), as_real);
  if (are_all<double>(items)) return as<double>(items);
  cursor_.fail_with(cursor_.since(first), ir::Message::expected_token,
                    "a list of numbers or a list of strings", "another");
  return {};
}

}  // namespace gradc::frontend
