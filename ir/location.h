#pragma once
/// Where in a model's text something was written.
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace gradc::ir {

/// A text the compiler reads: a model file, or a file of the built-in library.
struct Source {
  std::string name;
  std::string text;
};

/// Owns the sources of one compilation. Addresses stay valid while it lives, so a Location may
/// point into it.
class Sources {
 public:
  const Source& add(std::string name, std::string text) {
    return sources_.emplace_back(Source{std::move(name), std::move(text)});
  }

 private:
  std::deque<Source> sources_;
};

/// A range of bytes of a source. A default-constructed one means "nowhere in particular".
struct Location {
  const Source* source = nullptr;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  bool operator==(const Location&) const = default;
  explicit operator bool() const { return source != nullptr; }
};

/// The smallest range that contains both; `first` alone when they lie in different sources.
Location span(Location first, Location last);

/// Line and column, both counted from 1; a column counts bytes.
struct Position {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
};
Position position_of(Location location);

/// The text of the line that holds the location's first byte, without the newline.
std::string_view line_of(Location location);

/// `file:line:column`, or an empty string for nowhere.
std::string to_string(Location location);

}  // namespace gradc::ir
