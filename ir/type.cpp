#include "ir/type.h"

#include <fmt/ranges.h>

#include <cassert>

namespace gradc::ir {

namespace {

struct DTypeInfo {
  DType dtype;
  std::string_view name;
  std::int64_t bytes;
};

constexpr DTypeInfo dtypes[] = {
    {DType::f32, "f32", 4}, {DType::f64, "f64", 8}, {DType::i32, "i32", 4},
    {DType::i64, "i64", 8}, {DType::u8, "u8", 1},   {DType::boolean, "bool", 1},
};

const DTypeInfo& info(DType dtype) { return dtypes[static_cast<std::size_t>(dtype)]; }

}  // namespace

std::string_view name(DType dtype) { return info(dtype).name; }
std::int64_t byte_size(DType dtype) { return info(dtype).bytes; }

std::optional<DType> find_dtype(std::string_view name) {
  for (const DTypeInfo& candidate : dtypes)
    if (candidate.name == name) return candidate.dtype;
  return std::nullopt;
}

std::int64_t Type::elements() const {
  std::int64_t product = 1;
  for (const std::int64_t extent : shape) product *= extent;
  return product;
}

bool is_valid(const Type& type) {
  std::int64_t bytes = byte_size(type.dtype);
  for (const std::int64_t extent : type.shape) {
    if (extent < 0) return false;
    // A zero extent must not hide an overflow of the others: count it as one.
    if (__builtin_mul_overflow(bytes, extent == 0 ? 1 : extent, &bytes)) return false;
    if (bytes > max_tensor_bytes) return false;
  }
  return true;
}

std::vector<std::int64_t> row_major_strides(const Shape& shape) {
  std::vector<std::int64_t> strides(shape.size(), 1);
  for (std::size_t axis = shape.size(); axis > 1; --axis)
    strides[axis - 2] = strides[axis - 1] * shape[axis - 1];
  return strides;
}

std::string to_string(const Shape& shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

std::string to_string(const Type& type) {
  return type.is_scalar() ? std::string(name(type.dtype))
                          : fmt::format("{}{}", name(type.dtype), to_string(type.shape));
}

}  // namespace gradc::ir
