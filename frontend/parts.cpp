#include "frontend/builtin_functions.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "frontend/axes.h"
#include "frontend/builtins.h"
#include "frontend/conversions.h"
#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::frontend::builtin {

namespace {

/// The axis that `over` names, or the last one.
std::optional<std::size_t> chosen_axis(Elaboration& e, const CallSite& site, const Tensor& x,
                                       std::string_view name) {
  if (x.dims.empty() || site.over.size() > 1) {
    misused(e, site, name);
    return std::nullopt;
  }
  if (site.over.empty()) return x.dims.size() - 1;
  const auto over = dims_over(e, site);
  const auto axes = over ? axes_of(e, x, *over, site.location) : std::nullopt;
  if (!axes || axes->size() != 1) return std::nullopt;
  return static_cast<std::size_t>(axes->front());
}

/// Joined along an axis; everything but the axis agrees.
Value joined(Elaboration& e, std::vector<Tensor> parts, std::size_t axis, Location location) {
  const bool are_weak = std::ranges::all_of(parts, &Tensor::is_weak);
  DimList dims = parts.front().dims;
  std::optional<Dim> whole = Dim();
  std::vector<ir::Value> values;
  for (Tensor& part : parts) {
    if (part.is_weak && !are_weak) part = cast(e, part, element_type(e, ir::DType::f32));
    const bool has_rank = part.dims.size() == dims.size();
    if (has_rank && whole) whole = e.dims.add(*whole, part.dims[axis]);
    DimList others = part.dims;
    if (has_rank) others[axis] = dims[axis];
    if (others != dims || part.dtype() != parts.front().dtype()) {
      e.report(location, Message::parts_differ, e.text(parts.front()), e.text(part),
               e.text_with_value(dims[axis]));
      return Poison{};
    }
    values.push_back(part.value);
  }
  if (!whole) {
    e.report(location, Message::integer_overflow, "concat");
    return Poison{};
  }
  dims[axis] = *whole;
  e.locate(location);
  const auto result = ir::try_append(e.graph(), ir::op::concat, values,
                                     {{"axis", static_cast<std::int64_t>(axis)}}, e.diagnostics);
  return result ? Value(Tensor{*result, dims, are_weak}) : Poison{};
}

/// All arguments as tensors.
std::optional<std::vector<Tensor>> tensor_arguments(Elaboration& e, const CallSite& site) {
  std::vector<Tensor> out;
  for (std::size_t i = 0; i < site.arguments.size(); ++i) {
    const auto tensor = tensor_argument(e, site, i);
    if (!tensor) return std::nullopt;
    out.push_back(*tensor);
  }
  return out;
}

/// The places of a slice: `count` of them from `first` on.
struct Range {
  std::int64_t first = 0, step = 1;
  Dim count;
};

/// The argument behind x that is called `name` or stands at `position`.
const Argument* range_argument(const CallSite& site, std::string_view name, std::size_t position) {
  const auto named = std::ranges::find(site.arguments, name, &Argument::name);
  if (named != site.arguments.end()) return &*named;
  if (position >= site.arguments.size()) return nullptr;
  return site.arguments[position].name.empty() ? &site.arguments[position] : nullptr;
}

/// How many places there are from `first` to before `last`, every `step`-th.
std::optional<Dim> count_places(Elaboration& e, const Dim& first, const Dim& last,
                                const Dim& step) {
  const auto length = e.dims.subtract(last, first);
  if (!length || length->value() % step.value() == 0)
    return length ? e.dims.divide(*length, step) : length;
  const auto begun = e.dims.add(*length, Dim::constant(step.value() - 1));
  return begun ? e.dims.divide(*begun, step) : begun;
}

std::optional<Range> slice_range(Elaboration& e, const CallSite& site, const Dim& whole) {
  constexpr std::array<std::string_view, 3> names = {"first", "last", "step"};
  std::array<Dim, 3> values = {Dim(), whole, Dim::constant(1)};
  std::size_t used = 1;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Argument* argument = range_argument(site, names[i], i + 1);
    if (!argument) continue;
    const Dim* number = argument->value.get_if<Dim>();
    if (!number) return misused(e, site, "slice"), std::nullopt;
    values[i] = *number;
    ++used;
  }
  const auto& [first, last, step] = values;
  if (used != site.arguments.size() || step.value() < 1)
    return misused(e, site, "slice"), std::nullopt;
  const bool are_inside =
      first.value() >= 0 && first.value() <= last.value() && last.value() <= whole.value();
  if (!are_inside)
    return e.report(site.location, Message::places_outside_dim, e.text_with_value(first),
                    e.text_with_value(last), e.text_with_value(whole));
  const auto count = count_places(e, first, last, step);
  if (!count) return e.report(site.location, Message::integer_overflow, "slice");
  return Range{first.value(), step.value(), *count};
}

/// The last axis becomes axis number `to`.
ir::Value last_axis_moved(ir::Value x, std::size_t to) {
  const std::size_t last = x.shape().size() - 1;
  std::vector<std::int64_t> order(last);
  std::iota(order.begin(), order.end(), 0);
  order.insert(order.begin() + static_cast<std::ptrdiff_t>(to), static_cast<std::int64_t>(last));
  return to == last ? x : ir::transpose(x, order);
}

}  // namespace

Value split(Elaboration& e, const CallSite& site) {
  const auto x = tensor_argument(e, site, 0);
  const Dim* parts = site.arguments[1].value.get_if<Dim>();
  if (!x) return Poison{};
  constexpr std::int64_t most_parts = 10'000;
  if (!parts || parts->value() < 1 || parts->value() > most_parts) return misused(e, site, "split");
  const auto axis = chosen_axis(e, site, *x, "split");
  if (!axis) return Poison{};
  const Dim& whole = x->dims[*axis];
  const auto part = e.dims.divide(whole, *parts);
  if (!part || whole.value() % parts->value() != 0) {
    e.report(site.location, Message::dim_not_divisible, e.text_with_value(whole),
             e.text_with_value(*parts));
    return Poison{};
  }
  DimList dims = x->dims;
  dims[*axis] = *part;
  std::vector<std::int64_t> starts(dims.size(), 0);
  const std::vector<std::int64_t> steps(dims.size(), 1);
  Tuple out;
  e.locate(site.location);
  for (std::int64_t i = 0; i < parts->value(); ++i) {
    starts[*axis] = i * part->value();
    out.items.emplace_back(
        Tensor{ir::slice(x->value, starts, shape_of(dims), steps), dims, x->is_weak});
  }
  return out;
}

Value concat(Elaboration& e, const CallSite& site) {
  const auto parts = tensor_arguments(e, site);
  if (!parts) return Poison{};
  const auto axis = chosen_axis(e, site, parts->front(), "concat");
  return axis ? joined(e, *parts, *axis, site.location) : Poison{};
}

/// `stack(a, b over K)`: K is as long as there are tensors.
Value stack(Elaboration& e, const CallSite& site) {
  const auto over = dims_over(e, site);
  if (!over) return Poison{};
  if (over->size() > 1) return misused(e, site, "stack");
  const Dim count = Dim::constant(std::ssize(site.arguments));
  const Dim whole = over->empty() ? count : over->front();
  if (whole.value() != count.value()) {
    e.report(site.location, Message::stack_differs, count.value(), e.text_with_value(whole));
    return Poison{};
  }
  auto parts = tensor_arguments(e, site);
  if (!parts) return Poison{};
  for (Tensor& part : *parts) {
    part.dims.insert(part.dims.begin(), Dim::constant(1));
    part.value = ir::reshape(part.value, shape_of(part.dims));
  }
  const Value rows = joined(e, *parts, 0, site.location);
  const Tensor* tensor = rows.get_if<Tensor>();
  if (!tensor) return Poison{};
  DimList dims = tensor->dims;
  dims.front() = whole;
  return Tensor{tensor->value, dims, tensor->is_weak};
}

/// `slice(x, first, last over T, step = 2)`. What is left of the dim keeps its name: `T-1`,
/// `(T-3)/2`.
Value slice(Elaboration& e, const CallSite& site) {
  const auto x = tensor_argument(e, site, 0);
  const auto axis = x ? chosen_axis(e, site, *x, "slice") : std::nullopt;
  const auto range = axis ? slice_range(e, site, x->dims[*axis]) : std::nullopt;
  if (!range) return Poison{};
  DimList dims = x->dims;
  dims[*axis] = range->count;
  std::vector<std::int64_t> starts(dims.size(), 0), steps(dims.size(), 1);
  starts[*axis] = range->first;
  steps[*axis] = range->step;
  e.locate(site.location);
  return Tensor{ir::slice(x->value, starts, shape_of(dims), steps), dims, x->is_weak};
}

/// One window as long as the axis, walked backwards.
Value reverse(Elaboration& e, const CallSite& site) {
  const auto x = tensor_argument(e, site, 0);
  const auto axis = x ? chosen_axis(e, site, *x, "reverse") : std::nullopt;
  if (!axis) return Poison{};
  const std::int64_t places = x->dims[*axis].value();
  if (places == 0) return *x;
  const ir::Window backwards{.axis = static_cast<std::int64_t>(*axis),
                             .start = places - 1,
                             .count = 1,
                             .stride = 1,
                             .size = places,
                             .dilation = -1};
  e.locate(site.location);
  const ir::Value window = ir::windows(x->value, std::span(&backwards, 1));
  ir::Shape shape = x->value.shape();  // the axis is now the last one
  shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(*axis));
  shape.push_back(places);
  return Tensor{last_axis_moved(ir::reshape(window, shape), *axis), x->dims, x->is_weak};
}

Value transpose(Elaboration& e, const CallSite& site) {
  const auto x = tensor_argument(e, site, 0);
  const auto over = dims_over(e, site);
  if (!x || !over || !axes_of(e, *x, *over, site.location)) return Poison{};
  std::vector<std::int64_t> permutation;
  for (const Dim& dim : *over)
    permutation.push_back(std::ranges::find(x->dims, dim) - x->dims.begin());
  if (!std::ranges::is_permutation(*over, x->dims)) {
    e.report(site.location, Message::wrong_usage, "transpose", find_builtin("transpose")->usage)
        .note(fmt::format("name every dim of {}", e.text(*x)));
    return Poison{};
  }
  e.locate(site.location);
  return Tensor{ir::transpose(x->value, permutation), *over, x->is_weak};
}

/// `exactly(x over B, T)`: a transpose that says what was expected if x has other dims.
Value exactly(Elaboration& e, const CallSite& site) {
  const auto x = tensor_argument(e, site, 0);
  const auto over = dims_over(e, site);
  if (!x || !over) return Poison{};
  if (std::ranges::is_permutation(*over, x->dims))
    return *over == x->dims ? Value(*x) : transpose(e, site);
  e.report(site.location, Message::type_expected,
           fmt::format("`{}`", written_text(site.arguments[0].location)), e.text(x->dtype(), *over),
           e.text(*x));
  return Poison{};
}

/// `flatten(x)`: all axes but the first become one.
Value flatten(Elaboration& e, const CallSite& site) {
  const auto x = tensor_argument(e, site, 0);
  if (!x) return Poison{};
  if (x->dims.empty()) return misused(e, site, "flatten");
  const auto rest = e.dims.product(std::span(x->dims).subspan(1));
  if (!rest) return misused(e, site, "flatten");
  return view(e, *x, {x->dims.front(), *rest}, site.location);
}

}  // namespace gradc::frontend::builtin
