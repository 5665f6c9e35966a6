#pragma once
/// Files as the driver meets them: found by pattern, read whole, written all or nothing.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/diagnostics.h"

namespace gradc::driver {

using Bytes = std::vector<std::byte>;

/// More than this is not read into memory, compressed or not: a gzip file of 4 MB can hold 4 GB.
constexpr std::int64_t max_file_bytes = std::int64_t{4} << 30;

/// Does `name` match the glob `pattern` (`*` any run of characters, `?` any one)?
bool matches_glob(std::string_view name, std::string_view pattern);

/// The path of the only regular file directly in `folder` whose name matches `pattern`. The pattern
/// comes from a model, which need not be trusted: it cannot name a file outside the folder.
std::optional<std::string> find_data_file(const std::string& folder, const std::string& pattern,
                                          ir::Location location, ir::Diagnostics& diagnostics);

/// All bytes of a file.
std::optional<Bytes> read_file(const std::string& path, ir::Location location,
                               ir::Diagnostics& diagnostics, std::int64_t limit = max_file_bytes);

/// All bytes of a file, decompressed if it is a gzip file.
std::optional<Bytes> read_unzipped_file(const std::string& path, ir::Location location,
                                        ir::Diagnostics& diagnostics,
                                        std::int64_t limit = max_file_bytes);

/// Replace the file `path`: whoever opens it sees the old bytes or the new ones, even after a
/// crash. Something that is not a regular file (`/dev/null`, a pipe) is written to in place.
bool write_file_atomically(const std::string& path, std::span<const std::byte> bytes,
                           ir::Location location, ir::Diagnostics& diagnostics);

std::span<const std::byte> bytes_of(std::string_view text);
std::string_view text_of(std::span<const std::byte> bytes);

}  // namespace gradc::driver
