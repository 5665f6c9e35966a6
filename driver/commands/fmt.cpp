// gradc fmt: lay out model files.
#include <fmt/core.h>

#include "driver/commands/output.h"
#include "driver/data/files.h"
#include "frontend/format.h"
#include "frontend/parser.h"

namespace gradc::driver {

namespace {

/// What has mistakes is left as it is.
Exit format_file(const std::string& path, bool check_only) {
  ir::Sources sources;
  ir::Diagnostics diagnostics;
  auto text = read_source(path, {}, diagnostics);
  if (!text) return show(diagnostics);
  const ir::Source& source = sources.add(path, std::move(*text));
  frontend::parse(source, diagnostics);
  if (diagnostics.has_errors()) return show(diagnostics);
  const std::string formatted = frontend::format(source);
  const bool is_formatted = formatted == source.text;
  if (check_only && !is_formatted) return print(path + "\n"), Exit::diagnostics;
  if (check_only) return Exit::ok;
  if (path == "-") return print(formatted);
  if (!is_formatted) write_file_atomically(path, bytes_of(formatted), {}, diagnostics);
  return show(diagnostics);
}

}  // namespace

Exit fmt_command(const CommandLine& command_line) {
  Exit exit = Exit::ok;
  for (const std::string& path : command_line.files)
    if (format_file(path, command_line.check_only) != Exit::ok) exit = Exit::diagnostics;
  return exit;
}

}  // namespace gradc::driver
