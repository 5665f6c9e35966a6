#pragma once
/// Tensor types: an element type and a static shape.
#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gradc::ir {

enum class DType : std::uint8_t { f32, f64, i32, i64, u8, boolean };

std::string_view name(DType dtype);  ///< "f32", …, "bool"
std::optional<DType> find_dtype(std::string_view name);
std::int64_t byte_size(DType dtype);  ///< bytes of one element; a bool takes one
constexpr bool is_float(DType dtype) { return dtype == DType::f32 || dtype == DType::f64; }
constexpr bool is_integer(DType dtype) {
  return dtype == DType::i32 || dtype == DType::i64 || dtype == DType::u8;
}

/// Extents, outermost first. Elements lie in row-major order.
using Shape = std::vector<std::int64_t>;

/// The largest tensor the compiler accepts, in bytes. Every product of extents is checked against
/// it, so sizes computed from a valid Type never overflow.
constexpr std::int64_t max_tensor_bytes = std::int64_t{1} << 40;

/// A tensor's element type and static shape.
struct Type {
  DType dtype = DType::f32;
  Shape shape;

  bool operator==(const Type&) const = default;
  std::int64_t rank() const { return static_cast<std::int64_t>(shape.size()); }
  bool is_scalar() const { return shape.empty(); }
  std::int64_t elements() const;  ///< product of the extents; the type must be valid
  std::int64_t bytes() const { return elements() * byte_size(dtype); }
};

/// Extents are not negative and the whole stays below max_tensor_bytes.
bool is_valid(const Type& type);

/// Elements between neighbours along each axis, in row-major order.
std::vector<std::int64_t> row_major_strides(const Shape& shape);

std::string to_string(const Shape& shape);  ///< "[64, 10]"
std::string to_string(const Type& type);    ///< "f32[64, 10]", "f32" for a scalar

}  // namespace gradc::ir

template <>
struct fmt::formatter<gradc::ir::Type> : fmt::formatter<std::string> {
  auto format(const gradc::ir::Type& type, fmt::format_context& context) const {
    return fmt::formatter<std::string>::format(gradc::ir::to_string(type), context);
  }
};
template <>
struct fmt::formatter<gradc::ir::DType> : fmt::formatter<std::string_view> {
  auto format(gradc::ir::DType dtype, fmt::format_context& context) const {
    return fmt::formatter<std::string_view>::format(gradc::ir::name(dtype), context);
  }
};
