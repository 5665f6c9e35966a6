#include "driver/safetensors.h"

#include <zlib.h>

#include <algorithm>
#include <bit>
#include <cassert>

#include "driver/json.h"
#include "driver/safetensors_format.h"

namespace gradc::driver {

namespace safetensors {

namespace {

static_assert(std::endian::native == std::endian::little,
              "elements are copied as they lie in memory");

struct DTypeName {
  ir::DType dtype;
  std::string_view name;
};
constexpr DTypeName dtype_names[] = {
    {ir::DType::f32, "F32"}, {ir::DType::f64, "F64"}, {ir::DType::i32, "I32"},
    {ir::DType::i64, "I64"}, {ir::DType::u8, "U8"},   {ir::DType::boolean, "BOOL"},
};

void write_metadata(JsonWriter& json, const Safetensors& content, std::string_view checksum) {
  json.key(metadata_key).begin_object();
  for (const auto& [key, value] : content.metadata) json.key(key).string(value);
  json.key(checksum_key).string(checksum).end_object();
}

void write_entry(JsonWriter& json, const NamedTensor& tensor, std::int64_t offset) {
  const ir::Type& type = tensor.value.type();
  json.key(tensor.name)
      .begin_object()
      .key("dtype")
      .string(name_of(type.dtype))
      .key("shape")
      .begin_array();
  for (const std::int64_t extent : type.shape) json.integer(extent);
  json.end_array().key("data_offsets").begin_array();
  json.integer(offset).integer(offset + type.bytes()).end_array().end_object();
}

}  // namespace

std::string_view name_of(ir::DType dtype) {
  return std::ranges::find(dtype_names, dtype, &DTypeName::dtype)->name;
}

std::optional<ir::DType> find_dtype(std::string_view name) {
  for (const DTypeName& candidate : dtype_names)
    if (candidate.name == name) return candidate.dtype;
  return std::nullopt;
}

std::tuple<std::int64_t, std::string_view> order_key(std::string_view name, const ir::Type& type) {
  return {-ir::byte_size(type.dtype), name};
}

std::vector<const NamedTensor*> file_order(const Safetensors& content) {
  std::vector<const NamedTensor*> order;
  for (const NamedTensor& tensor : content.tensors) order.push_back(&tensor);
  std::ranges::sort(order, {}, [](const NamedTensor* tensor) {
    return order_key(tensor->name, tensor->value.type());
  });
  return order;
}

std::string header_text(const Safetensors& content, std::string_view checksum) {
  JsonWriter json;
  json.begin_object();
  write_metadata(json, content, checksum);
  std::int64_t offset = 0;
  for (const NamedTensor* tensor : file_order(content)) {
    write_entry(json, *tensor, offset);
    offset += tensor->value.type().bytes();
  }
  json.end_object();
  std::string text = json.text();
  text.append((alignment - text.size() % alignment) % alignment, ' ');
  return text;
}

std::string checksum_of(const Safetensors& content) {
  uLong crc = crc32_z(0, nullptr, 0);
  const auto include = [&](std::span<const std::byte> bytes) {
    crc = crc32_z(crc, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  };
  const std::string header = header_text(content, "00000000");
  include(bytes_of(header));
  for (const NamedTensor* tensor : file_order(content))
    if (tensor->value.size() > 0)
      include(tensor->value.bytes());  // crc32 starts afresh on a null pointer
  return fmt::format("{:08x}", crc);
}

}  // namespace safetensors

const ir::Tensor* Safetensors::find(std::string_view name) const {
  const auto found = std::ranges::find(tensors, name, &NamedTensor::name);
  return found == tensors.end() ? nullptr : &found->value;
}

Bytes encode_safetensors(const Safetensors& content) {
  assert(!content.metadata.contains(std::string(safetensors::checksum_key)) &&
         "the checksum is ours to write");
  const std::string header = safetensors::header_text(content, safetensors::checksum_of(content));
  Bytes bytes;
  for (std::size_t i = 0; i < safetensors::length_bytes; ++i)
    bytes.push_back(static_cast<std::byte>(header.size() >> (8 * i)));
  const auto append = [&](std::span<const std::byte> more) {
    bytes.insert(bytes.end(), more.begin(), more.end());
  };
  append(bytes_of(header));
  for (const NamedTensor* tensor : safetensors::file_order(content)) append(tensor->value.bytes());
  return bytes;
}

bool save_safetensors(const std::string& path, const Safetensors& content, ir::Location location,
                      ir::Diagnostics& diagnostics) {
  return write_file_atomically(path, encode_safetensors(content), location, diagnostics);
}

std::optional<Safetensors> load_safetensors(const std::string& path, ir::Location location,
                                            ir::Diagnostics& diagnostics) {
  const std::optional<Bytes> bytes = read_file(path, location, diagnostics);
  if (!bytes) return std::nullopt;
  return decode_safetensors(*bytes, path, location, diagnostics);
}

}  // namespace gradc::driver
