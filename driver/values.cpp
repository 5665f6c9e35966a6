#include "driver/values.h"

#include <fmt/format.h>

#include <charconv>
#include <vector>

#include "driver/data/load.h"
#include "ir/messages.h"

namespace gradc::driver {

namespace {

template <typename T>
bool read_number(std::string_view text, T& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

/// `2x3xf32`
std::optional<ir::Type> parse_type(std::string_view text) {
  ir::Type type;
  for (;;) {
    const auto x = text.find('x');
    if (x == std::string_view::npos) break;
    std::int64_t extent = 0;
    if (!read_number(text.substr(0, x), extent)) return std::nullopt;
    type.shape.push_back(extent);
    text.remove_prefix(x + 1);
  }
  const auto dtype = ir::find_dtype(text);
  if (!dtype) return std::nullopt;
  type.dtype = *dtype;
  if (!ir::is_valid(type)) return std::nullopt;
  return type;
}

std::vector<std::string_view> words(std::string_view text) {
  constexpr std::string_view separators = " ,\t\n";
  std::vector<std::string_view> out;
  for (;;) {
    const auto first = text.find_first_not_of(separators);
    if (first == std::string_view::npos) return out;
    text.remove_prefix(first);
    const auto end = std::min(text.find_first_of(separators), text.size());
    out.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

/// One element for all, or one for each.
std::optional<ir::Tensor> parse_elements(const ir::Type& type, std::string_view text) {
  const std::vector<std::string_view> elements = words(text);
  if (std::ssize(elements) != type.elements() && elements.size() != 1) return std::nullopt;
  ir::Tensor out(type);
  for (std::int64_t i = 0; i < out.size(); ++i) {
    const std::string_view element =
        elements.size() == 1 ? elements[0] : elements[static_cast<std::size_t>(i)];
    double real = 0;
    std::int64_t integer = 0;
    if (ir::is_float(type.dtype) ? !read_number(element, real) : !read_number(element, integer))
      return std::nullopt;
    if (ir::is_float(type.dtype))
      out.set_real(i, real);
    else
      out.set_integer(i, integer);
  }
  return out;
}

constexpr std::int64_t shown_per_axis = 16;

std::string element_text(const ir::Tensor& tensor, std::int64_t index) {
  if (tensor.type().dtype == ir::DType::f32)
    return fmt::format("{}", static_cast<float>(tensor.real(index)));
  if (tensor.type().dtype == ir::DType::f64) return fmt::format("{}", tensor.real(index));
  if (tensor.type().dtype == ir::DType::boolean) return tensor.integer(index) ? "true" : "false";
  return fmt::format("{}", tensor.integer(index));
}

std::string axis_text(const ir::Tensor& tensor, std::size_t axis, std::int64_t offset) {
  const ir::Shape& shape = tensor.type().shape;
  if (axis == shape.size()) return element_text(tensor, offset);
  const std::int64_t stride = ir::row_major_strides(shape)[axis];
  std::string out = "[";
  for (std::int64_t i = 0; i < shape[axis]; ++i) {
    if (i > 0) out += ", ";
    if (shape[axis] > shown_per_axis && i == shown_per_axis / 2) {
      out += "…";
      i = shape[axis] - shown_per_axis / 2 - 1;
      continue;
    }
    out += axis_text(tensor, axis + 1, offset + i * stride);
  }
  return out + "]";
}

}  // namespace

std::optional<ir::Tensor> parse_value(std::string_view text, ir::Diagnostics& diagnostics) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) return load_file(std::string(text), {}, diagnostics);
  const auto type = parse_type(text.substr(0, equals));
  auto value = type ? parse_elements(*type, text.substr(equals + 1)) : std::nullopt;
  if (!value) return diagnostics.report({}, ir::Message::malformed_value, text);
  return value;
}

std::string value_text(const ir::Tensor& tensor) { return axis_text(tensor, 0, 0); }

}  // namespace gradc::driver
