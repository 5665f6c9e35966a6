#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "driver/bench/report.h"
#include "driver/bench/units.h"

namespace gradc::driver {

namespace {

/// What takes less of the time has no line of its own.
constexpr double least_share = 0.002;
constexpr std::size_t most_lines = 6;
constexpr std::size_t most_ops = 5;

/// A share of something, with care for nothing.
double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

std::string amount(double value, const char* unit) {
  return value > 0 ? fmt::format("{:.1f}{}", value, unit) : "-";
}

std::string ops_text(const std::vector<std::string_view>& ops) {
  const auto shown = std::span(ops).first(std::min(ops.size(), most_ops));
  return fmt::format("{}{}", fmt::join(shown, " "), shown.size() < ops.size() ? " .." : "");
}

std::string line_of(const KernelReport& kernel, double seconds) {
  return fmt::format(
      "  {:>9} {:>6.1f} % {:>8.6g} {:>9} {:>9} {:>7} {:>10}  {:<16} {:<20} {}\n",
      time_text(kernel.seconds), 100 * ratio(kernel.seconds, seconds), kernel.calls,
      amount(1e-9 * ratio(static_cast<double>(kernel.work.flops()), kernel.seconds), ""),
      kernel.work.bytes > 0 ? bytes_text(static_cast<double>(kernel.work.bytes)) : "-",
      amount(1e-9 * ratio(static_cast<double>(kernel.work.bytes), kernel.seconds), ""),
      amount(100 * ratio(kernel.floor, kernel.seconds), " %"), kernel.task,
      lines_text(kernel.lines), ops_text(kernel.ops));
}

/// What is left over.
std::string rest_line(double seconds, double all, const std::string& name) {
  return fmt::format("  {:>9} {:>6.1f} % {:>57}{}\n", time_text(seconds), 100 * ratio(seconds, all),
                     "", name);
}

}  // namespace

std::string lines_text(const std::vector<ModelLines>& files) {
  std::string out;
  for (const ModelLines& file : files) {
    const bool is_cut = file.lines.size() > most_lines;
    const auto shown = std::span(file.lines).first(std::min(file.lines.size(), most_lines));
    out += fmt::format("{}{}:{}{}", out.empty() ? "" : " ",
                       std::filesystem::path(file.file).filename().string(), fmt::join(shown, ","),
                       is_cut ? ",.." : "");
  }
  return out;
}

std::string kernels_text(const EntryReport& entry) {
  const ProfileReport& profile = *entry.profile;
  std::string out =
      fmt::format("\n{}, watched: {} per call\n", entry.name, time_text(profile.seconds));
  out += fmt::format("  {:>9} {:>8} {:>8} {:>9} {:>9} {:>7} {:>10}  {:<16} {:<20} {}\n", "time",
                     "share", "calls", "GFLOP/s", "bytes", "GB/s", "of floor", "kernel", "lines",
                     "ops");
  double others = 0, rest = profile.seconds;
  for (const KernelReport& kernel : profile.kernels) {
    rest -= kernel.seconds;
    if (kernel.seconds >= least_share * profile.seconds)
      out += line_of(kernel, profile.seconds);
    else
      others += kernel.seconds;
  }
  if (others > 0) out += rest_line(others, profile.seconds, "other kernels");
  out += rest_line(std::max(rest, 0.0), profile.seconds, "between kernels, and the watching");
  return out;
}

}  // namespace gradc::driver
