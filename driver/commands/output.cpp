#include "driver/commands/output.h"

#include <fmt/core.h>

#include <cstdio>

namespace gradc::driver {

Exit show(const ir::Diagnostics& diagnostics) {
  const std::string text = ir::render(diagnostics);
  std::fwrite(text.data(), 1, text.size(), stderr);
  return diagnostics.has_errors() ? Exit::diagnostics : Exit::ok;
}

Exit print(std::string_view text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (written && std::fflush(stdout) == 0) return Exit::ok;
  std::fputs("gradc: cannot write to standard output\n", stderr);
  return Exit::diagnostics;
}

passes::Options printing(passes::Options options) {
  options.print = [](std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); };
  return options;
}

std::string compile_times(const CompileTimes& times) {
  return fmt::format("parse and elaborate {:.1f} ms, passes {:.1f} ms, LLVM {:.1f} ms",
                     1e3 * times.elaborate, 1e3 * times.passes, 1e3 * times.codegen);
}

std::string pass_times(const CompileTimes& times) {
  std::string out;
  for (const passes::PassTime& time : times.by_pass)
    out += fmt::format("{:>9.3f} ms  {}\n", 1e3 * time.seconds, time.pass);
  if (times.codegen > 0) out += fmt::format("{:>9.3f} ms  LLVM\n", 1e3 * times.codegen);
  return out;
}

}  // namespace gradc::driver
