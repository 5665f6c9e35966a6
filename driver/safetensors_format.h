#pragma once
/// What the writer and the reader of safetensors files must agree on.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "driver/safetensors.h"

namespace gradc::driver::safetensors {

constexpr std::size_t length_bytes = 8;  ///< of the header's length, little-endian
constexpr std::size_t alignment = 8;     ///< of the first tensor
constexpr std::string_view metadata_key = "__metadata__";
constexpr std::string_view checksum_key = "gradc.crc32";

std::string_view name_of(ir::DType dtype);  ///< "F32"
std::optional<ir::DType> find_dtype(std::string_view name);

/// Tensors lie in the file by this key: the largest elements first, so that all are aligned; then
/// by name.
std::tuple<std::int64_t, std::string_view> order_key(std::string_view name, const ir::Type& type);
std::vector<const NamedTensor*> file_order(const Safetensors& content);

/// The JSON header, padded to the alignment, with `checksum` among the metadata.
std::string header_text(const Safetensors& content, std::string_view checksum);

/// CRC-32, as eight hexadecimal digits, of the file in which the checksum itself is all zeros.
std::string checksum_of(const Safetensors& content);

}  // namespace gradc::driver::safetensors
