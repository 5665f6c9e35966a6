#include "frontend/conversions.h"

#include <algorithm>
#include <cmath>

#include "frontend/numbers.h"
#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::frontend {

namespace {

bool fits(double number, ir::DType dtype) {
  if (ir::is_float(dtype)) return true;
  struct Range {
    double low, high;
  };
  const Range range = dtype == ir::DType::u8    ? Range{0, 255}
                      : dtype == ir::DType::i32 ? Range{-2147483648.0, 2147483647.0}
                                                : Range{-largest_integer, largest_integer};
  return dtype != ir::DType::boolean && number == std::floor(number) && number >= range.low &&
         number <= range.high;
}

/// A number as an element of a tensor type.
std::optional<double> element(Elaboration& e, const Value& value, ir::DType dtype,
                              Location location) {
  const bool* truth = value.get_if<bool>();
  const double number = truth ? (*truth ? 1 : 0) : value.number().value_or(0);
  if (truth ? dtype == ir::DType::boolean : fits(number, dtype)) return number;
  auto report = e.report(location, Message::number_does_not_fit, e.text(value), dtype);
  if (ir::is_integer(dtype)) report.note("`f32(x)` makes real numbers of integers");
  return report;
}

/// Numbers of a list, outermost first; every level has one length.
bool flatten(Elaboration& e, const Value& value, std::size_t level,
             std::vector<std::int64_t>& shape, std::vector<double>& numbers, Location location) {
  const List* list = value.get_if<List>();
  if (!list) {
    const auto number = value.number();
    if (!number || level != shape.size()) {
      e.report(location, Message::list_not_regular);
      return false;
    }
    numbers.push_back(*number);
    return true;
  }
  const auto length = std::ssize(list->items);
  if (level == shape.size() && numbers.empty()) shape.push_back(length);
  if (level >= shape.size() || shape[level] != length) {
    e.report(location, Message::list_not_regular);
    return false;
  }
  return std::ranges::all_of(list->items, [&](const Value& item) {
    return flatten(e, item, level + 1, shape, numbers, location);
  });
}

}  // namespace

const Dim* repeated_dim(const DimList& dims) {
  for (std::size_t i = 0; i < dims.size(); ++i)
    if (std::find(dims.begin(), dims.begin() + static_cast<std::ptrdiff_t>(i), dims[i]) !=
        dims.begin() + static_cast<std::ptrdiff_t>(i))
      return &dims[i];
  return nullptr;
}

std::optional<Dim> dim_missing_from(const DimList& dims, const DimList& larger) {
  for (const Dim& dim : dims)
    if (std::ranges::find(larger, dim) == larger.end()) return dim;
  return std::nullopt;
}

Tensor filled(Elaboration& e, ir::DType dtype, const DimList& dims, double number) {
  return {ir::splat(e.graph(), {dtype, shape_of(dims)}, number), dims};
}

Tensor cast(Elaboration&, const Tensor& tensor, ir::DType dtype) {
  if (tensor.dtype() == dtype) return {tensor.value, tensor.dims};
  return {ir::cast(tensor.value, dtype), tensor.dims};
}

Tensor aligned(Elaboration&, const Tensor& x, const DimList& dims) {
  if (x.dims == dims) return x;
  std::vector<std::int64_t> axes;
  for (const Dim& dim : x.dims) axes.push_back(std::ranges::find(dims, dim) - dims.begin());
  return {ir::broadcast(x.value, shape_of(dims), axes), dims, x.is_weak};
}

std::optional<Tensor> converted(Elaboration& e, const Value& value, ir::DType dtype,
                                const DimList& dims, Location location) {
  const Tensor* tensor = value.get_if<Tensor>();
  if (!tensor) {
    const auto number = element(e, value, dtype, location);
    return number ? std::optional(filled(e, dtype, dims, *number)) : std::nullopt;
  }
  if (tensor->is_weak && !ir::is_float(dtype) && dtype != tensor->dtype())
    return e.report(location, Message::number_does_not_fit, e.text(*tensor), dtype);
  return aligned(e, tensor->is_weak ? cast(e, *tensor, dtype) : *tensor, dims);
}

std::optional<Tensor> coerce(Elaboration& e, const Value& value, ir::DType dtype,
                             const DimList& dims, Location location, std::string_view what) {
  e.locate(location);
  if (value.is_poison()) return std::nullopt;
  const std::string wanted = e.text(dtype, dims);
  if (value.is_static()) return converted(e, value, dtype, dims, location);
  const auto tensor = value.is<List>()     ? to_tensor(e, value, location)
                      : value.is<Tensor>() ? std::optional(*value.get_if<Tensor>())
                                           : std::nullopt;
  if (!tensor && value.is<List>()) return std::nullopt;
  if (!tensor) return e.report(location, Message::type_expected, what, wanted, e.text(value));
  const bool fits = tensor->dims == dims ||
                    (!dim_missing_from(tensor->dims, dims) && !repeated_dim(tensor->dims) &&
                     (tensor->dims.empty() || !repeated_dim(dims)));
  const bool is_same_type = tensor->is_weak ? ir::is_float(dtype) : tensor->dtype() == dtype;
  if (!fits || !is_same_type) {
    auto report = e.report(location, Message::type_expected, what, wanted, e.text(*tensor));
    if (const auto missing = dim_missing_from(tensor->dims, dims))
      report.note(fmt::format("dim {} is not a dim of {}", e.text_with_value(*missing), wanted));
    return std::nullopt;
  }
  return converted(e, *tensor, dtype, dims, location);
}

std::optional<Tensor> to_tensor(Elaboration& e, const Value& value, Location location) {
  e.locate(location);
  if (value.is_poison()) return std::nullopt;
  if (const Tensor* tensor = value.get_if<Tensor>()) return *tensor;
  if (const bool* truth = value.get_if<bool>())
    return filled(e, ir::DType::boolean, {}, *truth ? 1 : 0);
  if (const auto number = value.number()) {
    Tensor scalar = filled(e, ir::DType::f64, {}, *number);
    scalar.is_weak = true;
    return scalar;
  }
  if (!value.is<List>()) return e.report(location, Message::tensor_expected, e.text(value));
  std::vector<std::int64_t> shape;
  std::vector<double> numbers;
  if (!flatten(e, value, 0, shape, numbers, location)) return std::nullopt;
  if (numbers.empty()) return e.report(location, Message::list_not_regular);
  DimList dims;
  for (const std::int64_t extent : shape) dims.push_back(Dim::constant(extent));
  return Tensor{ir::constant(e.graph(), {ir::DType::f64, shape}, numbers), dims, true};
}

std::optional<Tensor> to_strong_tensor(Elaboration& e, const Value& value, Location location) {
  const auto tensor = to_tensor(e, value, location);
  if (!tensor || !tensor->is_weak) return tensor;
  return cast(e, *tensor, element_type(e, ir::DType::f32));
}

}  // namespace gradc::frontend
