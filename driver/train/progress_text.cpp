#include "driver/train/progress_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

namespace gradc::driver {

std::string metric_text(double value) {
  const double size = std::abs(value);
  const bool is_readable = value == 0 || (size >= 1e-3 && size < 1e5) || !std::isfinite(value);
  return is_readable ? fmt::format("{:.4f}", value) : fmt::format("{:.3e}", value);
}

std::string rate_text(double per_second) {
  if (per_second >= 999.5e3) return fmt::format("{:.2f}M", per_second / 1e6);
  if (per_second >= 999.5) return fmt::format("{:.1f}k", per_second / 1e3);
  return fmt::format("{:.0f}", per_second);
}

std::string duration_text(double seconds) {
  if (seconds < 0.9995) return fmt::format("{:.0f} ms", seconds * 1e3);
  if (seconds < 59.95) return fmt::format("{:.1f} s", seconds);
  // A century is enough for anybody, and fits.
  const auto whole = static_cast<std::int64_t>(std::min(std::round(seconds), 3e9));
  const std::int64_t hours = whole / 3600;
  const std::int64_t minutes = whole / 60 % 60;
  if (hours == 0) return fmt::format("{}:{:02}", minutes, whole % 60);
  return fmt::format("{}:{:02}:{:02}", hours, minutes, whole % 60);
}

std::string bar_text(double fraction, int columns, bool is_utf8) {
  constexpr std::string_view eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const int all = columns * 8;
  const int filled = std::clamp(static_cast<int>(fraction * all), 0, all);
  const int full = filled / 8;
  std::string bar;
  for (int i = 0; i < full; ++i) bar += is_utf8 ? "█" : "#";
  const bool has_part = is_utf8 && filled % 8 > 0;
  if (has_part) bar += eighths[filled % 8];
  return bar.append(static_cast<std::size_t>(columns - full - (has_part ? 1 : 0)),
                    is_utf8 ? ' ' : '.');
}

}  // namespace gradc::driver
