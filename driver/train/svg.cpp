#include "driver/train/svg.h"

#include "driver/xml.h"

namespace gradc::driver {

Svg::Svg(int width, int height) {
  add(R"(<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1}" viewBox="0 0 {0} {1}" )"
      R"(font-family="sans-serif" font-size="12">)",
      width, height);
  add(R"(<rect width="{}" height="{}" fill="white"/>)", width, height);
}

void Svg::add_text(double x, double y, std::string_view anchor, std::string_view text) {
  if (text.empty()) return;
  add(R"(<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>)", x, y, anchor, xml_text(text));
}

std::string Svg::finish() && {
  add("</svg>");
  return std::move(text_);
}

}  // namespace gradc::driver
