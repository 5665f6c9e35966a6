#pragma once
/// A tensor's value: a type and its bytes, in row-major order. What the interpreter computes with,
/// what data readers produce, what parameters are loaded from and saved to.
#include <cassert>
#include <cstddef>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "ir/type.h"

namespace gradc::ir {

template <typename T>
constexpr DType dtype_of();
template <>
constexpr DType dtype_of<float>() {
  return DType::f32;
}
template <>
constexpr DType dtype_of<double>() {
  return DType::f64;
}
template <>
constexpr DType dtype_of<std::int32_t>() {
  return DType::i32;
}
template <>
constexpr DType dtype_of<std::int64_t>() {
  return DType::i64;
}
template <>
constexpr DType dtype_of<std::uint8_t>() {
  return DType::u8;
}
template <>
constexpr DType dtype_of<bool>() {
  return DType::boolean;
}

class Tensor {
 public:
  Tensor() = default;
  /// All elements zero.
  explicit Tensor(Type type)
      : type_(std::move(type)), bytes_(static_cast<std::size_t>(type_.bytes())) {}
  template <typename T>
  Tensor(Shape shape, std::span<const T> values) : Tensor(Type{dtype_of<T>(), std::move(shape)}) {
    assert(std::ssize(values) == size() && "one value per element");
    if (!values.empty()) std::memcpy(bytes_.data(), values.data(), bytes_.size());
  }

  const Type& type() const { return type_; }
  std::int64_t size() const { return type_.elements(); }
  std::byte* data() { return bytes_.data(); }
  const std::byte* data() const { return bytes_.data(); }
  std::span<const std::byte> bytes() const { return bytes_; }

  /// The elements as T, which must be the element type.
  template <typename T>
  std::span<T> as() {
    assert(dtype_of<T>() == type_.dtype && "elements are read as what they are");
    return {reinterpret_cast<T*>(bytes_.data()), static_cast<std::size_t>(size())};
  }
  template <typename T>
  std::span<const T> as() const {
    assert(dtype_of<T>() == type_.dtype && "elements are read as what they are");
    return {reinterpret_cast<const T*>(bytes_.data()), static_cast<std::size_t>(size())};
  }

  /// One element, converted to double (exact but for i64 beyond 2^53).
  double real(std::int64_t index) const;
  /// One element, converted to an integer (towards zero; out of range and NaN give the nearest
  /// bound and 0).
  std::int64_t integer(std::int64_t index) const;
  void set_real(std::int64_t index, double value);
  void set_integer(std::int64_t index, std::int64_t value);

  bool operator==(const Tensor&) const = default;  ///< same type, same bits

 private:
  Type type_;
  std::vector<std::byte> bytes_;
};

/// Every element converted to `dtype`, as the `cast` op does.
Tensor convert(const Tensor& tensor, DType dtype);

}  // namespace gradc::ir
