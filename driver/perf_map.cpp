#include "driver/perf_map.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "ir/messages.h"

namespace gradc::driver {

namespace {

std::string map_path() { return fmt::format("/tmp/perf-{}.map", getpid()); }

}  // namespace

void remove_perf_map() { unlink(map_path().c_str()); }

bool append_perf_map(std::span<const codegen::NativeFunction> functions,
                     ir::Diagnostics& diagnostics) {
  const std::string path = map_path();
  std::string text;
  for (const codegen::NativeFunction& function : functions)
    text += fmt::format("{:x} {:x} {}\n", function.address, function.bytes, function.name);
  // Anybody can write to /tmp: what lies there under that name and is not ours is left alone.
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0644);
  const bool is_open = file >= 0;
  const ssize_t written = is_open ? write(file, text.data(), text.size()) : -1;
  const bool is_done = written == static_cast<ssize_t>(text.size());
  if (!is_done) diagnostics.report({}, ir::Message::cannot_write, path, std::strerror(errno));
  if (is_open) close(file);
  return is_done;
}

}  // namespace gradc::driver
