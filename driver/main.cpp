/// The command line: parse it, do what it says, say what went wrong.
#include <cstdio>
#include <exception>

#include "driver/options.h"
#include "driver/perf_map.h"

int main(int argc, char** argv) {
  using namespace gradc::driver;
  try {
    const Parsed parsed = parse_command_line(argc, argv);
    if (parsed.command_line.compile.perf_map) remove_perf_map();
    const Exit exit = parsed.command ? parsed.command(parsed.command_line) : parsed.exit;
    return static_cast<int>(exit);
  } catch (const std::exception& error) {
    // Nothing of ours throws; the standard library does when memory ends.
    std::fprintf(stderr, "gradc: %s\n", error.what());
    return static_cast<int>(Exit::internal);
  }
}
