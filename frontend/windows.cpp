// Functions that look along axes through windows: what convolutions and poolings of the library are
// made of.
#include <algorithm>
#include <optional>
#include <string_view>

#include "frontend/axes.h"
#include "frontend/builtin_functions.h"
#include "frontend/conversions.h"
#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::frontend::builtin {

namespace {

const Value& item_of(const Value& value, std::size_t i) {
  const List* list = value.get_if<List>();
  return list && !list->items.empty() ? list->items[i % list->items.size()] : value;
}

/// Arguments by position, and options by name: `stride = 2`, or `stride = [2, 1]` for each axis.
struct Arguments {
  std::vector<Dim> positional;  ///< without the first, the tensor
  Value stride = Value(Dim::constant(1));
  Value dilation = Value(Dim::constant(1));

  std::optional<std::int64_t> option(const Value& value, std::size_t axis) const {
    const Dim* dim = item_of(value, axis).get_if<Dim>();
    return dim ? std::optional(dim->value()) : std::nullopt;
  }
};

std::optional<Arguments> take_arguments(const CallSite& site) {
  Arguments out;
  for (const Argument& argument : std::span(site.arguments).subspan(1)) {
    const Dim* dim = argument.value.get_if<Dim>();
    if (argument.name == "stride")
      out.stride = argument.value;
    else if (argument.name == "dilation")
      out.dilation = argument.value;
    else if (argument.name.empty() && dim && dim->value() >= 0)
      out.positional.push_back(*dim);
    else
      return std::nullopt;
  }
  return out;
}

/// Where a dim is among the axes, each looked up alone: the order in which they are named counts.
std::optional<std::size_t> axis_of(Elaboration& e, const Tensor& x, const Dim& dim,
                                   Location location) {
  const auto axes = axes_of(e, x, std::span(&dim, 1), location);
  return axes ? std::optional(static_cast<std::size_t>(axes->front())) : std::nullopt;
}

/// Windows with the strides and dilations of the call; axis, count and size are still to be set.
std::optional<std::vector<ir::Window>> spaced_windows(const Arguments& arguments,
                                                      std::size_t count) {
  std::vector<ir::Window> out(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto stride = arguments.option(arguments.stride, i);
    const auto dilation = arguments.option(arguments.dilation, i);
    if (!stride || !dilation || *stride < 1 || *dilation < 1) return std::nullopt;
    out[i].stride = *stride;
    out[i].dilation = *dilation;
  }
  return out;
}

Value do_not_fit(Elaboration& e, const CallSite& site, const Dim& count, const Dim& size,
                 const Dim& whole) {
  e.report(site.location, Message::windows_do_not_fit, e.text_with_value(count),
           e.text_with_value(size), e.text_with_value(whole));
  return Poison{};
}

}  // namespace

/// `windows(x, P, K over H)`: the axis H becomes P windows, and a new last axis K counts the
/// elements of each.
Value windows(Elaboration& e, const CallSite& site) {
  const auto x = tensor_argument(e, site, 0);
  const auto over = dims_over(e, site);
  if (!x || !over) return Poison{};
  const auto arguments = take_arguments(site);
  const std::size_t count = over->size();
  if (!arguments || count == 0 || arguments->positional.size() != 2 * count)
    return misused(e, site, "windows");
  auto windows = spaced_windows(*arguments, count);
  if (!windows) return misused(e, site, "windows");

  DimList dims = x->dims;
  for (std::size_t i = 0; i < count; ++i) {
    ir::Window& window = (*windows)[i];
    const auto axis = axis_of(e, *x, (*over)[i], site.location);
    if (!axis) return Poison{};
    const Dim& places = arguments->positional[i];
    const Dim& elements = arguments->positional[count + i];
    window.axis = static_cast<std::int64_t>(*axis);
    window.count = places.value();
    window.size = elements.value();
    if (!lie_inside(window, (*over)[i].value()))
      return do_not_fit(e, site, places, elements, (*over)[i]);
    dims[*axis] = places;
    dims.push_back(elements);
  }
  e.locate(site.location);
  const auto result = ir::try_append(e.graph(), ir::op::windows, std::span(&x->value, 1),
                                     ir::to_attributes(*windows), e.diagnostics);
  return result ? Value(Tensor{*result, dims, x->is_weak}) : Poison{};
}

/// `fold(y, H over P, K)`: the reverse, overlapping windows are added up.
Value fold(Elaboration& e, const CallSite& site) {
  auto y = tensor_argument(e, site, 0);
  const auto over = dims_over(e, site);
  if (!y || !over) return Poison{};
  const auto arguments = take_arguments(site);
  const std::size_t count = over->size() / 2;
  if (!arguments || count == 0 || over->size() != 2 * count ||
      arguments->positional.size() != count)
    return misused(e, site, "fold");
  auto windows = spaced_windows(*arguments, count);
  if (!windows) return misused(e, site, "fold");
  if (!axes_of(e, *y, *over, site.location)) return Poison{};

  const DimList elements(over->begin() + static_cast<std::ptrdiff_t>(count), over->end());
  DimList dims;
  for (const Dim& dim : y->dims)
    if (std::ranges::find(elements, dim) == elements.end()) dims.push_back(dim);
  DimList order = dims;
  order.insert(order.end(), elements.begin(), elements.end());
  e.locate(site.location);
  const Tensor in_order = aligned(e, *y, order);

  for (std::size_t i = 0; i < count; ++i) {
    ir::Window& window = (*windows)[i];
    const auto axis = axis_of(e, in_order, (*over)[i], site.location);
    if (!axis) return Poison{};
    const Dim& whole = arguments->positional[i];
    window.axis = static_cast<std::int64_t>(*axis);
    window.count = (*over)[i].value();
    window.size = elements[i].value();
    if (!lie_inside(window, whole.value()))
      return do_not_fit(e, site, (*over)[i], elements[i], whole);
    dims[*axis] = whole;
  }
  ir::Attributes attributes = ir::to_attributes(*windows);
  attributes.set("shape", shape_of(dims));
  const auto result = ir::try_append(e.graph(), ir::op::fold, std::span(&in_order.value, 1),
                                     std::move(attributes), e.diagnostics);
  return result ? Value(Tensor{*result, dims, y->is_weak}) : Poison{};
}

namespace {

/// What `padded` and `cropped` do along each axis, and the dims that the result has.
struct Margins {
  std::vector<std::int64_t> before, after;
  DimList dims;
};

/// Arguments 1 and 2 for the axes that `over` names. `sign` says whether they are added or taken.
std::optional<Margins> take_margins(Elaboration& e, const CallSite& site, const Tensor& x, int sign,
                                    std::string_view name) {
  const auto over = dims_over(e, site);
  if (!over) return std::nullopt;
  const std::vector<std::int64_t> none(x.dims.size(), 0);
  Margins out{none, none, x.dims};
  for (std::size_t i = 0; i < over->size(); ++i) {
    const auto axis = axis_of(e, x, (*over)[i], site.location);
    if (!axis) return std::nullopt;
    const Dim* before = item_of(site.arguments[1].value, i).get_if<Dim>();
    const Dim* after = item_of(site.arguments[2].value, i).get_if<Dim>();
    const bool fits = before && after && before->value() >= 0 && after->value() >= 0;
    if (!fits) misused(e, site, name);
    if (!fits) return std::nullopt;
    const auto margin = e.dims.add(*before, *after);
    const auto whole = !margin    ? std::nullopt
                       : sign > 0 ? e.dims.add(out.dims[*axis], *margin)
                                  : e.dims.subtract(out.dims[*axis], *margin);
    if (!whole) return e.report(site.location, Message::integer_overflow, name);
    if (whole->value() < 0)
      return e.report(site.location, Message::dim_is_negative, e.text(*whole), whole->value());
    out.dims[*axis] = *whole;
    out.before[*axis] = before->value();
    out.after[*axis] = after->value();
  }
  return out;
}

/// `value` in place of the zeros of the padding.
ir::Value with_value(ir::Value padded, const ir::Shape& before, const ir::Attributes& attributes,
                     double value) {
  const ir::Value inside = splat(padded.graph(), {ir::DType::boolean, before}, 1);
  const ir::Value is_inside = append(ir::op::pad, {inside}, attributes);
  return ir::select(is_inside, padded, splat(padded, value));
}

}  // namespace

/// `padded(x, before, after over H)`: the axis becomes `H + before + after`.
Value padded(Elaboration& e, const CallSite& site) {
  const auto x = tensor_argument(e, site, 0);
  if (!x) return Poison{};
  const bool has_value = site.arguments.size() == 4;
  const auto value = has_value ? site.arguments[3].value.number() : std::optional(0.0);
  const bool is_named = !has_value || site.arguments[3].name == "value";
  if (site.over.empty() || !value || !is_named) return misused(e, site, "padded");
  const auto margins = take_margins(e, site, *x, +1, "padded");
  if (!margins) return Poison{};
  if (margins->dims == x->dims) return *x;

  const std::vector<std::int64_t> interior(x->dims.size(), 0);
  const ir::Attributes attributes{
      {"low", margins->before}, {"high", margins->after}, {"interior", interior}};
  e.locate(site.location);
  const ir::Shape shape = x->value.shape();
  const auto padded =
      ir::try_append(e.graph(), ir::op::pad, std::span(&x->value, 1), attributes, e.diagnostics);
  if (!padded) return Poison{};
  const ir::Value filled = *value == 0 ? *padded : with_value(*padded, shape, attributes, *value);
  return Tensor{filled, margins->dims, x->is_weak};
}

/// `cropped(x, before, after over H)`: the reverse.
Value cropped(Elaboration& e, const CallSite& site) {
  const auto x = tensor_argument(e, site, 0);
  if (!x) return Poison{};
  if (site.over.empty()) return misused(e, site, "cropped");
  const auto margins = take_margins(e, site, *x, -1, "cropped");
  if (!margins) return Poison{};
  if (margins->dims == x->dims) return *x;
  const std::vector<std::int64_t> steps(x->dims.size(), 1);
  e.locate(site.location);
  const ir::Value part = ir::slice(x->value, margins->before, shape_of(margins->dims), steps);
  return Tensor{part, margins->dims, x->is_weak};
}

/// `item(list, i)`: element i of a list that repeats; anything else counts as a list of one.
Value item(Elaboration& e, const CallSite& site) {
  const Dim* number = site.arguments[1].value.get_if<Dim>();
  if (!number || number->value() < 0) return misused(e, site, "item");
  return item_of(site.arguments[0].value, static_cast<std::size_t>(number->value()));
}

/// `quotient(a, b)`: of whole numbers, rounded down.
Value quotient(Elaboration& e, const CallSite& site) {
  const Dim* a = site.arguments[0].value.get_if<Dim>();
  const Dim* b = site.arguments[1].value.get_if<Dim>();
  if (!a || !b) return misused(e, site, "quotient");
  if (b->value() == 0) {
    e.report(site.location, Message::division_by_zero);
    return Poison{};
  }
  const auto result = e.dims.divide(*a, *b);
  if (!result) e.report(site.location, Message::integer_overflow, "quotient");
  return result ? Value(*result) : Poison{};
}

}  // namespace gradc::frontend::builtin
