#pragma once
/// Amounts for people: three digits and a unit.
#include <string>

namespace gradc::driver {

std::string time_text(double seconds);  ///< "1.52 ms"
std::string bytes_text(double bytes);   ///< "6.78 MB"
std::string flop_text(double flops);    ///< "121 MFLOP"

}  // namespace gradc::driver
