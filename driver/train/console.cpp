#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "driver/train/progress.h"

namespace gradc::driver {

namespace {

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

/// The first of the variables that is set decides, as in setlocale.
bool is_utf8_locale() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string_view locale = environment(name);
    if (locale.empty()) continue;
    return locale.find("UTF-8") != std::string_view::npos ||
           locale.find("utf8") != std::string_view::npos;
  }
  return false;
}

int terminal_columns() {
  winsize size{};
  const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : 80;
}

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::function<void(std::string_view)> writer(std::FILE* file) {
  return [file](std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), file);
    std::fflush(file);
  };
}

}  // namespace

ProgressOutput console() {
  return {.standard_error = writer(stderr),
          .standard_output = writer(stdout),
          .now = seconds,
          .columns = terminal_columns,
          .is_terminal = isatty(STDERR_FILENO) != 0 && environment("TERM") != "dumb",
          .is_utf8 = is_utf8_locale()};
}

}  // namespace gradc::driver
