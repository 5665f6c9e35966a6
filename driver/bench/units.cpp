#include "driver/bench/units.h"

#include <fmt/format.h>

#include <initializer_list>

namespace gradc::driver {

namespace {

struct Unit {
  double size;
  const char* name;
};

/// Three digits and the unit that suits; the last unit takes what is too small for the others.
std::string in_units(double value, std::initializer_list<Unit> units) {
  const Unit* unit = units.begin();
  while (unit + 1 != units.end() && value < unit->size) ++unit;
  const double amount = value / unit->size;
  const int decimals = amount >= 99.95 ? 0 : amount >= 9.995 ? 1 : 2;
  return fmt::format("{:.{}f} {}", amount, decimals, unit->name);
}

}  // namespace

std::string time_text(double seconds) {
  return in_units(seconds, {{1, "s"}, {1e-3, "ms"}, {1e-6, "us"}, {1e-9, "ns"}});
}
std::string bytes_text(double bytes) {
  return in_units(bytes, {{1e9, "GB"}, {1e6, "MB"}, {1e3, "kB"}, {1, "B"}});
}
std::string flop_text(double flops) {
  return in_units(flops, {{1e9, "GFLOP"}, {1e6, "MFLOP"}, {1e3, "kFLOP"}, {1, "FLOP"}});
}

}  // namespace gradc::driver
