#pragma once
/// Text in XML: SVG and HTML.
#include <string>
#include <string_view>

namespace gradc::driver {

/// Text as XML can hold it: neither control characters nor broken UTF-8.
std::string xml_text(std::string_view text);

}  // namespace gradc::driver
