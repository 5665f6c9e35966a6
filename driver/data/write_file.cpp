#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "driver/data/files.h"
#include "ir/messages.h"

namespace gradc::driver {

namespace {

/// 0, or the errno of the call that failed.
using Errno = int;

Errno write_all(int file, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return 0;
}

/// Create a file next to `path` under a name nobody uses.
int create_neighbour(const std::filesystem::path& path, std::string& name) {
  for (int attempt = 0; attempt < 100; ++attempt) {
    name = (path.parent_path() / fmt::format(".gradc-{}-{}.tmp", getpid(), attempt)).string();
    const int file = open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file >= 0 || errno != EEXIST) return file;
  }
  return -1;
}

/// Write, and wait until the bytes are on the disk: a rename may reach it before the data does.
Errno fill_and_close(int file, std::span<const std::byte> bytes) {
  Errno error = write_all(file, bytes);
  if (!error && fsync(file) != 0) error = errno;
  if (close(file) != 0 && !error) error = errno;
  return error;
}

/// Make the rename itself durable. Some file systems cannot; the file is complete all the same.
void sync_folder(const std::filesystem::path& path) {
  const std::string folder = path.has_parent_path() ? path.parent_path().string() : ".";
  const int handle = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (handle < 0) return;
  fsync(handle);
  close(handle);
}

Errno replace_file(const std::string& path, std::span<const std::byte> bytes) {
  std::string temporary;
  const int file = create_neighbour(path, temporary);
  if (file < 0) return errno;
  Errno error = fill_and_close(file, bytes);
  if (!error && std::rename(temporary.c_str(), path.c_str()) != 0) error = errno;
  if (error)
    unlink(temporary.c_str());
  else
    sync_folder(path);
  return error;
}

Errno write_in_place(const std::string& path, std::span<const std::byte> bytes) {
  const int file = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (file < 0) return errno;
  const Errno error = write_all(file, bytes);
  return close(file) != 0 && !error ? errno : error;
}

bool is_special(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode);
}

}  // namespace

bool write_file_atomically(const std::string& path, std::span<const std::byte> bytes,
                           ir::Location location, ir::Diagnostics& diagnostics) {
  const Errno error = is_special(path) ? write_in_place(path, bytes) : replace_file(path, bytes);
  if (error) diagnostics.report(location, ir::Message::cannot_write, path, std::strerror(error));
  return error == 0;
}

}  // namespace gradc::driver
