#pragma once
/// The constants an op is applied with: axes, shapes, values.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "ir/type.h"

namespace gradc::ir {

using Attribute = std::variant<bool, std::int64_t, double, std::string, std::vector<std::int64_t>,
                               std::vector<double>, std::vector<std::string>, DType>;

/// The alternatives of Attribute, in its order.
enum class AttributeKind { boolean, integer, real, string, integers, reals, strings, dtype };

inline AttributeKind kind_of(const Attribute& value) {
  return static_cast<AttributeKind>(value.index());
}
std::string_view describe(AttributeKind kind);  ///< "an integer", "a list of integers", …

/// One attribute an op declares. Without a default the caller must give it.
struct AttributeSpec {
  std::string name;
  AttributeKind kind;
  std::optional<Attribute> default_value = std::nullopt;
  bool is_rare = false;  ///< the text form has it only where it is not the default
};

/// Attribute values by name, kept sorted by name so that equal sets are equal and print alike.
class Attributes {
 public:
  Attributes() = default;
  Attributes(std::initializer_list<std::pair<std::string, Attribute>> entries);

  void set(std::string name, Attribute value);
  const Attribute* find(std::string_view name) const;

  /// The value of an attribute that must be there with that type.
  template <typename T>
  const T& get(std::string_view name) const {
    return std::get<T>(*find(name));
  }

  bool empty() const { return entries_.empty(); }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }
  bool operator==(const Attributes&) const = default;

 private:
  std::vector<std::pair<std::string, Attribute>> entries_;
};

/// As in the text form: `true`, `3`, `0.5`, `"name"`, `[0, 1]`, `f32`. Reals round-trip.
std::string to_string(const Attribute& value);
/// `{axes = [0], keep = true}`, or nothing when empty.
std::string to_string(const Attributes& attributes);

}  // namespace gradc::ir
