#pragma once
/// The idx format of the MNIST files: a magic number, extents, then elements; all big-endian.
#include <optional>
#include <string>

#include "driver/data/files.h"
#include "ir/tensor.h"

namespace gradc::driver {

/// Read an idx file, plain or gzip. Elements of 8 and 16 signed bits become i32.
std::optional<ir::Tensor> read_idx(const std::string& path, ir::Location location,
                                   ir::Diagnostics& diagnostics);

/// The same for bytes already in memory; `name` is what messages call them.
std::optional<ir::Tensor> parse_idx(std::span<const std::byte> bytes, const std::string& name,
                                    ir::Location location, ir::Diagnostics& diagnostics);

}  // namespace gradc::driver
