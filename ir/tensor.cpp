#include "ir/tensor.h"

#include <cmath>
#include <limits>

namespace gradc::ir {

namespace {

/// Call `f` with the elements as a span of their C++ type.
template <typename TensorType, typename F>
auto visit(TensorType& tensor, F f) {
  switch (tensor.type().dtype) {
    case DType::f32:
      return f(tensor.template as<float>());
    case DType::f64:
      return f(tensor.template as<double>());
    case DType::i32:
      return f(tensor.template as<std::int32_t>());
    case DType::i64:
      return f(tensor.template as<std::int64_t>());
    case DType::u8:
      return f(tensor.template as<std::uint8_t>());
    case DType::boolean:
      return f(tensor.template as<bool>());
  }
  __builtin_unreachable();
}

std::size_t at(std::int64_t index) { return static_cast<std::size_t>(index); }

/// Saturating conversion: NaN gives 0, out of range gives the nearest bound.
template <typename T>
T saturate(double value) {
  if (std::isnan(value)) return 0;
  if (value <= static_cast<double>(std::numeric_limits<T>::min()))
    return std::numeric_limits<T>::min();
  if (value >= static_cast<double>(std::numeric_limits<T>::max()))
    return std::numeric_limits<T>::max();
  return static_cast<T>(value);
}

}  // namespace

double Tensor::real(std::int64_t index) const {
  return visit(*this, [&](auto elements) { return static_cast<double>(elements[at(index)]); });
}

std::int64_t Tensor::integer(std::int64_t index) const {
  return visit(*this, [&]<typename T>(std::span<const T> elements) -> std::int64_t {
    if constexpr (std::is_floating_point_v<T>)
      return saturate<std::int64_t>(elements[at(index)]);
    else
      return static_cast<std::int64_t>(elements[at(index)]);
  });
}

void Tensor::set_real(std::int64_t index, double value) {
  visit(*this, [&]<typename T>(std::span<T> elements) {
    if constexpr (std::is_same_v<T, bool>)
      elements[at(index)] = value != 0;
    else if constexpr (std::is_floating_point_v<T>)
      elements[at(index)] = static_cast<T>(value);
    else
      elements[at(index)] = saturate<T>(value);
  });
}

void Tensor::set_integer(std::int64_t index, std::int64_t value) {
  visit(*this, [&]<typename T>(std::span<T> elements) {
    if constexpr (std::is_same_v<T, bool>)
      elements[at(index)] = value != 0;
    else
      elements[at(index)] = static_cast<T>(value);  // integers wrap, as in the generated code
  });
}

Tensor convert(const Tensor& tensor, DType dtype) {
  Tensor out(Type{dtype, tensor.type().shape});
  const bool through_integers = !is_float(tensor.type().dtype) && !is_float(dtype);
  for (std::int64_t i = 0; i < tensor.size(); ++i) {
    if (through_integers)
      out.set_integer(i, tensor.integer(i));
    else
      out.set_real(i, tensor.real(i));
  }
  return out;
}

}  // namespace gradc::ir
