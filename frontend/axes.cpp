#include "frontend/axes.h"

#include <algorithm>
#include <numeric>
#include <string>

#include "frontend/conversions.h"
#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::frontend {

namespace {

bool holds(std::span<const Dim> dims, const Dim& dim) {
  return std::ranges::find(dims, dim) != dims.end();
}

/// Hands out the letters of a contraction's spec.
class Letters {
 public:
  /// 0 when there are none left.
  char next() {
    constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    return used_ < alphabet.size() ? alphabet[used_++] : '\0';
  }

 private:
  std::size_t used_ = 0;
};

struct Factors {
  Tensor a, b;
};

/// Both as tensors of one element type.
std::optional<Factors> factors(Elaboration& e, const Value& a, const Value& b, Location location,
                               std::string_view symbol) {
  auto left = to_tensor(e, a, location), right = to_tensor(e, b, location);
  if (!left || !right) return std::nullopt;
  if (left->is_weak && !right->is_weak && ir::is_float(right->dtype()))
    left = cast(e, *left, right->dtype());
  if (right->is_weak && !left->is_weak && ir::is_float(left->dtype()))
    right = cast(e, *right, left->dtype());
  if (left->dtype() != right->dtype())
    return e.report(location, Message::element_types_differ, symbol, e.text(*left), e.text(*right));
  return Factors{*left, *right};
}

Value contracted(Elaboration& e, const Tensor& a, const Tensor& b, const std::string& spec,
                 DimList dims, Location location) {
  e.locate(location);
  const ir::Value operands[] = {a.value, b.value};
  const auto product =
      ir::try_append(e.graph(), ir::op::contract, operands, {{"spec", spec}}, e.diagnostics);
  if (!product) return Poison{};
  return Tensor{*product, std::move(dims), a.is_weak && b.is_weak};
}

}  // namespace

std::optional<std::vector<std::int64_t>> axes_of(Elaboration& e, const Tensor& x,
                                                 std::span<const Dim> dims, Location location) {
  std::vector<std::int64_t> axes;
  if (std::ranges::equal(dims, x.dims)) {  // all of them, whatever they are called
    axes.resize(dims.size());
    std::iota(axes.begin(), axes.end(), 0);
    return axes;
  }
  for (const Dim& dim : dims) {
    const auto found = std::ranges::find(x.dims, dim);
    if (found == x.dims.end()) {
      auto report = e.report(location, Message::no_such_dim, e.text(x), e.text(dim));
      const auto namesake = std::ranges::find(x.dims, dim.value(), &Dim::value);
      if (namesake != x.dims.end())
        report.note(
            fmt::format("{} has the same size, but is another dim", e.text_with_value(*namesake)));
      return std::nullopt;
    }
    if (std::ranges::count(x.dims, dim) > 1)
      return e.report(location, Message::dim_occurs_twice, e.text(dim), e.text(x))
          .note("a second name tells them apart: `dim S = T` and `x as [S, T]`");
    const std::int64_t axis = found - x.dims.begin();
    if (std::ranges::find(axes, axis) == axes.end()) axes.push_back(axis);
  }
  std::ranges::sort(axes);
  return axes;
}

Value apply_over(Elaboration& e, const ir::Op& op, const Value& value,
                 const std::optional<DimList>& over, Location location) {
  const auto x = to_tensor(e, value, location);
  if (!x) return Poison{};
  const auto rank = static_cast<std::int64_t>(x->dims.size());
  std::vector<std::int64_t> axes;
  if (over) {
    const auto named = axes_of(e, *x, *over, location);
    if (!named) return Poison{};
    axes = *named;
  } else if (op.form == ir::Form::along_axes && rank > 0) {
    axes = {rank - 1};
  } else {
    axes.resize(x->dims.size());
    std::iota(axes.begin(), axes.end(), 0);
  }
  e.locate(location);
  const auto result =
      ir::try_append(e.graph(), op, std::span(&x->value, 1), {{"axes", axes}}, e.diagnostics);
  if (!result) return Poison{};
  DimList dims;
  for (std::int64_t axis = 0; axis < rank; ++axis)
    if (op.form == ir::Form::along_axes || std::ranges::find(axes, axis) == axes.end())
      dims.push_back(x->dims[static_cast<std::size_t>(axis)]);
  return Tensor{*result, std::move(dims), x->is_weak && ir::is_float(result->dtype())};
}

Value matrix_product(Elaboration& e, const Value& left, const Value& right, Location location) {
  if (left.is_poison() || right.is_poison()) return Poison{};
  const auto operands = factors(e, left, right, location, "@");
  if (!operands) return Poison{};
  const auto& [a, b] = *operands;
  const bool have_axes = !a.dims.empty() && !b.dims.empty();
  if (!have_axes) {
    e.report(location, Message::cannot_take, "@", "a scalar")
        .note(fmt::format("the operands are {} and {}", e.text(a), e.text(b)));
    return Poison{};
  }
  if (a.dims.back() != b.dims.front()) {
    auto report = e.report(location, Message::inner_dimensions_differ, e.text(a), e.text(b),
                           e.text_with_value(a.dims.back()), e.text_with_value(b.dims.front()));
    const auto shared =
        std::ranges::find_if(a.dims, [&](const Dim& d) { return holds(b.dims, d); });
    if (shared != a.dims.end())
      report.note(fmt::format("`dot(a, b over {})` sums products over a dim that both have",
                              e.text(*shared)));
    return Poison{};
  }
  Letters letters;
  std::string spec_a, spec_b;
  for (std::size_t axis = 0; axis < a.dims.size(); ++axis) spec_a += letters.next();
  spec_b = spec_a.back();
  for (std::size_t axis = 1; axis < b.dims.size(); ++axis) spec_b += letters.next();
  const std::string spec_c = spec_a.substr(0, spec_a.size() - 1) + spec_b.substr(1);
  DimList dims(a.dims.begin(), a.dims.end() - 1);
  dims.insert(dims.end(), b.dims.begin() + 1, b.dims.end());
  return contracted(e, a, b, fmt::format("{},{}->{}", spec_a, spec_b, spec_c), std::move(dims),
                    location);
}

Value dot(Elaboration& e, const Value& left, const Value& right, const DimList& over,
          Location location) {
  if (left.is_poison() || right.is_poison()) return Poison{};
  const auto operands = factors(e, left, right, location, "dot");
  if (!operands) return Poison{};
  const auto& [a, b] = *operands;
  for (const Tensor* x : {&a, &b})
    if (!axes_of(e, *x, over, location)) return Poison{};
  for (const Dim& dim : a.dims)
    if (holds(b.dims, dim) &&
        (std::ranges::count(a.dims, dim) > 1 || std::ranges::count(b.dims, dim) > 1)) {
      e.report(location, Message::dim_occurs_twice, e.text(dim),
               e.text(std::ranges::count(a.dims, dim) > 1 ? a : b));
      return Poison{};
    }

  Letters letters;
  std::string spec_a, spec_b, spec_c;
  DimList dims;
  for (const Dim& dim : a.dims) {
    spec_a += letters.next();
    if (holds(over, dim)) continue;
    spec_c += spec_a.back();
    dims.push_back(dim);
  }
  for (const Dim& dim : b.dims) {
    const auto shared = std::ranges::find(a.dims, dim);
    if (shared != a.dims.end()) {
      spec_b += spec_a[static_cast<std::size_t>(shared - a.dims.begin())];
      continue;
    }
    spec_b += letters.next();
    spec_c += spec_b.back();
    dims.push_back(dim);
  }
  return contracted(e, a, b, fmt::format("{},{}->{}", spec_a, spec_b, spec_c), std::move(dims),
                    location);
}

Value place(Elaboration& e, const Tensor& x, std::size_t axis, const Dim& at, Location location) {
  const Dim& whole = x.dims[axis];
  if (at.value() < 0 || at.value() >= whole.value()) {
    auto report = e.report(location, Message::place_outside_dim, e.text_with_value(at),
                           e.text_with_value(whole));
    if (at.value() < 0) report.note(fmt::format("the last place is `{}-1`", e.text(whole)));
    return Poison{};
  }
  std::vector<std::int64_t> starts(x.dims.size(), 0);
  const std::vector<std::int64_t> steps(x.dims.size(), 1);
  ir::Shape shape = x.value.shape();
  starts[axis] = at.value();
  shape[axis] = 1;
  DimList dims = x.dims;
  dims.erase(dims.begin() + static_cast<std::ptrdiff_t>(axis));
  e.locate(location);
  const ir::Value slice = ir::slice(x.value, starts, shape, steps);
  return Tensor{ir::reshape(slice, shape_of(dims)), dims, x.is_weak};
}

Tensor sum_of_squares(const Tensor& x) {
  std::vector<std::int64_t> axes(x.dims.size());
  std::iota(axes.begin(), axes.end(), 0);
  return {ir::sum(x.value * x.value, axes), {}};
}

Value view(Elaboration& e, const Value& value, const DimList& dims, Location location) {
  if (value.is_poison()) return Poison{};
  const auto x = to_tensor(e, value, location);
  if (!x) return Poison{};
  const auto before = e.dims.product(x->dims), after = e.dims.product(dims);
  if (!before || !after || before->value() != after->value()) {
    e.report(location, Message::view_size_differs, e.text(*x), e.dims.to_string(dims),
             before ? before->value() : 0, after ? fmt::format("{}", after->value()) : "too many");
    return Poison{};
  }
  const ir::Shape shape = shape_of(dims);
  if (shape == x->value.shape()) return Tensor{x->value, dims, x->is_weak};
  e.locate(location);
  return Tensor{ir::reshape(x->value, shape), dims, x->is_weak};
}

}  // namespace gradc::frontend
