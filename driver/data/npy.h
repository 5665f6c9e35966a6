#pragma once
/// The .npy format of NumPy, versions 1 to 3.
#include <optional>
#include <string>

#include "driver/data/files.h"
#include "ir/tensor.h"

namespace gradc::driver {

/// Read a .npy file, plain or gzip, of little-endian f4, f8, i4, i8, u1 or b1. Fortran order is
/// turned into C order.
std::optional<ir::Tensor> read_npy(const std::string& path, ir::Location location,
                                   ir::Diagnostics& diagnostics);

/// The same for bytes already in memory; `name` is what messages call them.
std::optional<ir::Tensor> parse_npy(std::span<const std::byte> bytes, const std::string& name,
                                    ir::Location location, ir::Diagnostics& diagnostics);

/// The bytes of a version 1 .npy file, as numpy.save writes it.
Bytes encode_npy(const ir::Tensor& tensor);

}  // namespace gradc::driver
