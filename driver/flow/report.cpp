#include "driver/flow/report.h"

namespace gradc::driver {

namespace {

struct Suffix {
  std::string_view text;
  FlowForm form;
};
constexpr Suffix suffixes[] = {{".html", flow_html}, {".svg", flow_svg}, {".json", flow_json}};

}  // namespace

FlowForm flow_form(std::string_view file) {
  if (file == "-") return flow_text;
  for (const Suffix& suffix : suffixes)
    if (file.ends_with(suffix.text)) return suffix.form;
  return nullptr;
}

}  // namespace gradc::driver
