#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "driver/data/files.h"
#include "ir/messages.h"

namespace gradc::driver {

namespace {

using ir::Message;

/// Append to `bytes` what `read_some(buffer, size)` delivers, until it returns 0 (the end) or less
/// (an error), which is returned. Memory grows with what really arrives, never with what a header
/// claims.
template <typename ReadSome>
int append_all(Bytes& bytes, std::int64_t limit, ReadSome read_some) {
  constexpr std::size_t first_block = std::size_t{1} << 16;
  std::size_t filled = 0;
  int received = 1;
  while (received > 0 && filled <= static_cast<std::size_t>(limit)) {
    if (filled == bytes.size()) bytes.resize(std::max(first_block, 2 * bytes.size()));
    constexpr std::size_t largest_read = std::size_t{1} << 30;
    received = read_some(bytes.data() + filled, std::min(bytes.size() - filled, largest_read));
    filled += static_cast<std::size_t>(std::max(received, 0));
  }
  bytes.resize(filled);
  return received;
}

bool is_larger(const Bytes& bytes, std::int64_t limit) { return std::ssize(bytes) > limit; }

}  // namespace

std::optional<Bytes> read_file(const std::string& path, ir::Location location,
                               ir::Diagnostics& diagnostics, std::int64_t limit) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return diagnostics.report(location, Message::cannot_open, path, std::strerror(errno));

  Bytes bytes;
  const int last = append_all(bytes, limit, [&](std::byte* buffer, std::size_t size) {
    ssize_t count = 0;
    do count = read(file, buffer, size);
    while (count < 0 && errno == EINTR);
    return static_cast<int>(count);
  });
  const int error = errno;
  close(file);
  if (last < 0)
    return diagnostics.report(location, Message::cannot_read, path, std::strerror(error));
  if (is_larger(bytes, limit))
    return diagnostics.report(location, Message::file_too_large, path, limit);
  return bytes;
}

std::optional<Bytes> read_unzipped_file(const std::string& path, ir::Location location,
                                        ir::Diagnostics& diagnostics, std::int64_t limit) {
  errno = 0;
  gzFile_s* const file = gzopen(path.c_str(), "rbe");
  if (!file)
    return diagnostics.report(location, Message::cannot_open, path,
                              errno == 0 ? "out of memory" : std::strerror(errno));
  Bytes bytes;
  const int last = append_all(bytes, limit, [&](std::byte* buffer, std::size_t size) {
    return gzread(file, buffer, static_cast<unsigned>(size));
  });
  int status = Z_OK;
  const std::string message = gzerror(file, &status);
  const std::string reason = status == Z_ERRNO ? std::strerror(errno) : message;
  const int closed = gzclose_r(file);
  if (last < 0) return diagnostics.report(location, Message::cannot_read, path, reason);
  if (is_larger(bytes, limit))
    return diagnostics.report(location, Message::file_too_large, path, limit);
  // A gzip file that was cut off delivers what there is; only closing tells.
  if (closed != Z_OK)
    return diagnostics.report(location, Message::cannot_read, path, "the gzip file is cut off");
  return bytes;
}

}  // namespace gradc::driver
