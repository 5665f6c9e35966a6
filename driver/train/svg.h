#pragma once
/// The text of an SVG document, written from the beginning to the end.
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

namespace gradc::driver {

class Svg {
 public:
  /// A white page of so many pixels.
  Svg(int width, int height);

  template <typename... Arguments>
  void add(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    text_ += fmt::format(format, std::forward<Arguments>(arguments)...) + '\n';
  }
  /// A text as it is, that begins, has its middle or ends (`anchor`) at x.
  void add_text(double x, double y, std::string_view anchor, std::string_view text);

  std::string finish() &&;

 private:
  std::string text_;
};

}  // namespace gradc::driver
