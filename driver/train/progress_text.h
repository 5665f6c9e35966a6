#pragma once
/// Numbers and bars as a progress line shows them.
#include <cstdint>
#include <string>

namespace gradc::driver {

std::string metric_text(double value);      ///< "0.1234", "1.234e-05", "nan"
std::string rate_text(double per_second);   ///< "950", "12.3k", "1.23M"
std::string duration_text(double seconds);  ///< "85 ms", "1.2 s", "3:07", "1:02:03"

/// A bar of `columns` columns, of which `fraction` is filled.
std::string bar_text(double fraction, int columns, bool is_utf8);

}  // namespace gradc::driver
