#include "frontend/builtin_functions.h"

#include <algorithm>

#include "frontend/axes.h"
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
  std::vector<Tensor> parts;
  for (std::size_t i = 0; i < site.arguments.size(); ++i) {
    const auto part = tensor_argument(e, site, i);
    if (!part) return Poison{};
    parts.push_back(*part);
  }
  const bool are_weak = std::ranges::all_of(parts, &Tensor::is_weak);
  const auto axis = chosen_axis(e, site, parts.front(), "concat");
  if (!axis) return Poison{};
  DimList dims = parts.front().dims;
  std::optional<Dim> whole = Dim();
  std::vector<ir::Value> values;
  for (Tensor& part : parts) {
    if (part.is_weak && !are_weak) part = cast(e, part, element_type(e, ir::DType::f32));
    const bool has_rank = part.dims.size() == dims.size();
    if (has_rank && whole) whole = e.dims.add(*whole, part.dims[*axis]);
    DimList others = part.dims;
    if (has_rank) others[*axis] = dims[*axis];
    if (others != dims || part.dtype() != parts.front().dtype()) {
      e.report(site.location, Message::parts_differ, e.text(parts.front()), e.text(part),
               e.text_with_value(dims[*axis]));
      return Poison{};
    }
    values.push_back(part.value);
  }
  if (!whole) {
    e.report(site.location, Message::integer_overflow, "concat");
    return Poison{};
  }
  dims[*axis] = *whole;
  e.locate(site.location);
  const auto joined = ir::try_append(e.graph(), ir::op::concat, values,
                                     {{"axis", static_cast<std::int64_t>(*axis)}}, e.diagnostics);
  return joined ? Value(Tensor{*joined, dims, are_weak}) : Poison{};
}

Value gather(Elaboration& e, const CallSite& site) {
  const auto table = tensor_argument(e, site, 0), ids = tensor_argument(e, site, 1);
  if (!table || !ids) return Poison{};
  const ir::Value operands[] = {table->value, ids->value};
  const auto rows = ir::try_append(e.graph(), ir::op::gather, operands, {}, e.diagnostics);
  if (!rows) return Poison{};
  DimList dims = ids->dims;
  dims.insert(dims.end(), table->dims.begin() + 1, table->dims.end());
  return Tensor{*rows, dims};
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
