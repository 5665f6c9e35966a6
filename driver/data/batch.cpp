#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <type_traits>

#include "driver/data/dataset.h"
#include "ir/messages.h"

namespace gradc::driver {

namespace {

using ir::DType;
using ir::Message;

template <typename T>
struct Element {
  using type = T;
};

/// Call `f` with the C++ type of a dtype's elements.
template <typename F>
decltype(auto) with_type(DType dtype, F f) {
  switch (dtype) {
    case DType::f32:
      return f(Element<float>{});
    case DType::f64:
      return f(Element<double>{});
    case DType::i32:
      return f(Element<std::int32_t>{});
    case DType::i64:
      return f(Element<std::int64_t>{});
    case DType::u8:
      return f(Element<std::uint8_t>{});
    case DType::boolean:
      return f(Element<bool>{});
  }
  __builtin_unreachable();
}

/// One value of a column as an input's element.
template <typename To, typename From>
To scaled(From value, double scale) {
  // i64 has values that double has not.
  if (scale == 1) return static_cast<To>(value);
  return static_cast<To>(static_cast<double>(value) * scale);
}

/// Is the real number one of T's values?
template <typename T>
bool is_value_of(double real) {
  constexpr auto lowest = static_cast<double>(std::numeric_limits<T>::min());
  // One more than the largest, written so that it is exact even for i64.
  constexpr auto half = std::numeric_limits<T>::max() / 2 + 1;
  constexpr double beyond = 2.0 * static_cast<double>(half);
  return real >= lowest && real < beyond && real == std::floor(real);
}

/// Is the conversion exact? To a float it always counts as such, because rounding is expected.
template <typename To, typename From>
bool converts(From value, double scale) {
  if constexpr (std::is_floating_point_v<To>) {
    return true;
  } else {
    if constexpr (std::is_same_v<From, std::int64_t> && !std::is_same_v<To, bool>)
      if (scale == 1) return std::in_range<To>(value);
    return is_value_of<To>(static_cast<double>(value) * scale);
  }
}

std::int64_t elements_after_first_axis(const ir::Shape& shape) {
  std::int64_t product = 1;
  for (std::size_t axis = 1; axis < shape.size(); ++axis) product *= shape[axis];
  return product;
}

ir::Type example_type(const ir::Type& type) {
  return {type.dtype, ir::Shape(type.shape.begin() + 1, type.shape.end())};
}

/// The first value of the column that is none of `dtype`'s.
std::optional<std::int64_t> find_misfit(const Column& column, DType dtype) {
  return with_type(dtype, [&]<typename To>(Element<To>) {
    return with_type(column.values.type().dtype,
                     [&]<typename From>(Element<From>) -> std::optional<std::int64_t> {
                       const std::span<const From> values = column.values.as<From>();
                       const auto misfit = std::ranges::find_if(values, [&](From value) {
                         return !converts<To, From>(value, column.scale);
                       });
                       if (misfit == values.end()) return std::nullopt;
                       return misfit - values.begin();
                     });
  });
}

}  // namespace

bool fits(const Column& column, const ir::Type& input, ir::Location location,
          ir::Diagnostics& diagnostics) {
  if (input.is_scalar()) {
    diagnostics.report(location, Message::input_needs_examples, column.input);
    return false;
  }
  const ir::Type& type = column.values.type();
  const std::int64_t elements = elements_after_first_axis(type.shape);
  if (elements != elements_after_first_axis(input.shape)) {
    diagnostics.report(location, Message::example_shape_differs, column.input, example_type(type),
                       example_type(input));
    return false;
  }
  const std::optional<std::int64_t> misfit = find_misfit(column, input.dtype);
  if (!misfit) return true;
  diagnostics.report(location, Message::value_does_not_fit, *misfit / elements, column.input,
                     column.values.real(*misfit) * column.scale, input.dtype);
  return false;
}

void gather_batch(const Column& column, std::span<const std::int64_t> indices,
                  const ir::Type& input, std::span<std::byte> batch) {
  assert(std::ssize(batch) == input.bytes() && input.shape[0] == std::ssize(indices) &&
         "one row per index");
  const auto row = static_cast<std::size_t>(elements_after_first_axis(input.shape));
  with_type(input.dtype, [&]<typename To>(Element<To>) {
    with_type(column.values.type().dtype, [&]<typename From>(Element<From>) {
      const std::span<const From> values = column.values.as<From>();
      To* to = reinterpret_cast<To*>(batch.data());
      for (const std::int64_t index : indices) {
        for (const From value : values.subspan(static_cast<std::size_t>(index) * row, row))
          *to++ = scaled<To, From>(value, column.scale);
      }
    });
  });
}

}  // namespace gradc::driver
