/// Identities of where elements lie.
#include <algorithm>
#include <numeric>
#include <string>

#include "ir/ops.h"
#include "passes/product.h"
#include "passes/simplify_rules.h"

namespace gradc::passes {

namespace op = ir::op;
using ir::Shape;
using ir::Value;

namespace {

using Axes = std::vector<std::int64_t>;

bool is(Value value, const ir::Op& op) { return value.node().op == &op; }

template <typename T>
auto& at(T& list, std::int64_t i) {
  return list[static_cast<std::size_t>(i)];
}

bool contains(const Axes& axes, std::int64_t axis) {
  return std::ranges::find(axes, axis) != axes.end();
}

/// Linear in that operand alone, while the others stay.
bool is_linear_in(const ir::Op& op, std::size_t slot) {
  if (op.is_linear) return op.operands.size() == 1;
  return std::ranges::count(op.linear_in, std::vector{slot}) > 0;
}

bool counts_up(const Axes& axes) {
  for (std::size_t i = 0; i < axes.size(); ++i)
    if (axes[i] != static_cast<std::int64_t>(i)) return false;
  return true;
}

Axes inverse(const Axes& permutation) {
  Axes out(permutation.size());
  for (std::size_t i = 0; i < permutation.size(); ++i)
    at(out, permutation[i]) = static_cast<std::int64_t>(i);
  return out;
}

/// table[i] for every i in `indices`
Axes look_up(const Axes& table, const Axes& indices) {
  Axes out;
  for (const std::int64_t i : indices) out.push_back(at(table, i));
  return out;
}

/// reshape(reshape(x))  →  reshape(x)
Value reshape_twice(Value y) {
  const Value x = y.operand(0);
  return is(x, op::reshape) ? reshape(x.operand(0), y.shape()) : Value();
}

/// reshape(x) to its own shape  →  x
Value reshape_to_same_shape(Value y) {
  return y.operand(0).shape() == y.shape() ? y.operand(0) : Value();
}

/// broadcast(x) without new axes  →  x, or a transpose of it
Value broadcast_without_new_axes(Value y) {
  const Value x = y.operand(0);
  const Axes axes = y.attribute<Axes>("axes");
  if (x.shape().size() != y.shape().size()) return {};
  return counts_up(axes) ? x : transpose(x, inverse(axes));
}

/// broadcast(broadcast(x))  →  broadcast(x)
Value broadcast_twice(Value y) {
  const Value x = y.operand(0);
  if (!is(x, op::broadcast)) return {};
  return broadcast(x.operand(0), y.shape(),
                   look_up(y.attribute<Axes>("axes"), x.attribute<Axes>("axes")));
}

/// broadcast(transpose(x))  →  broadcast(x)
Value broadcast_transposed(Value y) {
  const Value x = y.operand(0);
  if (!is(x, op::transpose)) return {};
  const Axes where = inverse(x.attribute<Axes>("permutation"));
  return broadcast(x.operand(0), y.shape(), look_up(y.attribute<Axes>("axes"), where));
}

/// transpose(broadcast(x))  →  broadcast(x)
Value transpose_broadcast(Value y) {
  const Value x = y.operand(0);
  if (!is(x, op::broadcast)) return {};
  const Axes where = inverse(y.attribute<Axes>("permutation"));
  return broadcast(x.operand(0), y.shape(), look_up(where, x.attribute<Axes>("axes")));
}

/// transpose(transpose(x))  →  transpose(x)
Value transpose_twice(Value y) {
  const Value x = y.operand(0);
  if (!is(x, op::transpose)) return {};
  return transpose(x.operand(0),
                   look_up(x.attribute<Axes>("permutation"), y.attribute<Axes>("permutation")));
}

/// transpose(x) that keeps the order  →  x
Value transpose_nothing(Value y) {
  return counts_up(y.attribute<Axes>("permutation")) ? y.operand(0) : Value();
}

/// slice(x) of all of x  →  x. (A slice of the same shape has no room to start later or to take
/// steps.)
Value slice_everything(Value y) {
  return y.operand(0).shape() == y.shape() ? y.operand(0) : Value();
}

/// slice(slice(x))  →  slice(x)
Value slice_twice(Value y) {
  const Value x = y.operand(0);
  if (!is(x, op::slice) || y.type().elements() == 0) return {};
  Axes starts = x.attribute<Axes>("starts"), steps = x.attribute<Axes>("steps");
  for (std::size_t axis = 0; axis < starts.size(); ++axis) {
    starts[axis] += y.attribute<Axes>("starts")[axis] * steps[axis];
    steps[axis] *= y.attribute<Axes>("steps")[axis];
  }
  return slice(x.operand(0), starts, y.shape(), steps);
}

/// pad(x) with nothing  →  x
Value pad_with_nothing(Value y) {
  return y.operand(0).shape() == y.shape() ? y.operand(0) : Value();
}

/// pad(pad(x)) around x only  →  pad(x)
Value pad_twice(Value y) {
  const Value x = y.operand(0);
  if (!is(x, op::pad)) return {};
  const auto is_zero = [](std::int64_t amount) { return amount == 0; };
  for (const Value pad : {x, y})
    if (!std::ranges::all_of(pad.attribute<Axes>("interior"), is_zero)) return {};
  Axes low = x.attribute<Axes>("low"), high = x.attribute<Axes>("high");
  for (std::size_t axis = 0; axis < low.size(); ++axis) {
    low[axis] += y.attribute<Axes>("low")[axis];
    high[axis] += y.attribute<Axes>("high")[axis];
  }
  const Axes interior(low.size(), 0);
  return pad(x.operand(0), low, high, interior);
}

/// concat(x)  →  x
Value concat_one(Value y) { return y.operand_count() == 1 ? y.operand(0) : Value(); }

/// sum(x) over axes of extent 1, or over none  →  reshape(x); the same for the other reductions
Value reduce_nothing(Value y) {
  const Value x = y.operand(0);
  const auto has_extent_one = [&](std::int64_t axis) { return at(x.shape(), axis) == 1; };
  return std::ranges::all_of(y.attribute<Axes>("axes"), has_extent_one) ? reshape(x, y.shape())
                                                                        : Value();
}

/// sum(sum(x))  →  sum(x) over the axes of both. (Adds in another order.)
Value sum_twice(Value y) {
  const Value x = y.operand(0);
  if (!is(x, op::sum)) return {};
  Axes axes = x.attribute<Axes>("axes");
  const Axes kept = ir::other_axes(x.operand(0).type().rank(), axes);
  for (const std::int64_t axis : look_up(kept, y.attribute<Axes>("axes"))) axes.push_back(axis);
  std::ranges::sort(axes);
  return sum(x.operand(0), axes);
}

/// What is left of broadcast(x) after a reduction over `reduced`: x reduced over the axes of its
/// own, and broadcast along the new axes that stay.
template <typename Reduce>
Value reduce_before_broadcast(Value y, Reduce reduce) {
  const Value repeated = y.operand(0), x = repeated.operand(0);
  const Axes reduced = y.attribute<Axes>("axes");
  const Axes places = repeated.attribute<Axes>("axes");
  const Axes stay = ir::other_axes(repeated.type().rank(), reduced);

  Axes own, places_of_rest;
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (contains(reduced, places[i]))
      own.push_back(static_cast<std::int64_t>(i));
    else
      places_of_rest.push_back(std::ranges::find(stay, places[i]) - stay.begin());
  }
  const Shape shape = y.shape();
  return broadcast(own.empty() ? x : reduce(x, own), shape, places_of_rest);
}

/// sum(broadcast(x)) over n repetitions  →  broadcast(sum(x) * n). (Rounds once instead of n
/// times.)
Value sum_broadcast(Value y) {
  const Value repeated = y.operand(0);
  if (!is(repeated, op::broadcast)) return {};
  std::int64_t repetitions = 1;
  for (const std::int64_t axis : y.attribute<Axes>("axes"))
    if (!contains(repeated.attribute<Axes>("axes"), axis))
      repetitions *= at(repeated.shape(), axis);
  constexpr std::int64_t small = 128;  // fits every integer type
  if (repetitions == 1 || !(is_float(y.dtype()) || repetitions < small)) return {};
  if (repetitions == 0) return splat(y, 0);
  return reduce_before_broadcast(y, ir::sum) * static_cast<double>(repetitions);
}

/// What is left of a value that is the same along all `axes` of a sum; empty if it is not.
Value without_axes(Value x, const Axes& axes, const Shape& shape) {
  if (const auto number = splat_number(x)) return splat(x.graph(), {x.dtype(), shape}, *number);
  if (!is(x, op::broadcast)) return {};
  const Axes stay = ir::other_axes(x.type().rank(), axes);
  Axes places;
  for (const std::int64_t axis : x.attribute<Axes>("axes")) {
    if (contains(axes, axis)) return {};
    places.push_back(std::ranges::find(stay, axis) - stay.begin());
  }
  return broadcast(x.operand(0), shape, places);
}

/// sum(x * broadcast(f))  →  sum(x) * f, for every elementwise op that is linear in x and has the
/// same other operands along all axes of the sum. (Rounds differently.)
Value sum_before_linear(Value y) {
  const Value product = y.operand(0);
  const ir::Op& linear = *product.node().op;
  if (linear.form != ir::Form::elementwise || product.dtype() != y.dtype()) return {};
  const Axes axes = y.attribute<Axes>("axes");
  for (std::size_t slot = 0; slot < product.operand_count(); ++slot) {
    if (!is_linear_in(linear, slot) || product.operand(slot).dtype() != y.dtype()) continue;
    std::vector<Value> operands;
    for (std::size_t other = 0; other < product.operand_count(); ++other)
      operands.push_back(other == slot ? product.operand(slot)
                                       : without_axes(product.operand(other), axes, y.shape()));
    if (!std::ranges::all_of(operands, [](Value operand) { return bool(operand); })) continue;
    operands[slot] = sum(operands[slot], axes);
    return append(y.graph(), linear, operands, product.attributes());
  }
  return {};
}

/// reduce_max(broadcast(x))  →  broadcast(reduce_max(x)), if an element is left to choose
template <Value (*reduce)(Value, Axes)>
Value choose_from_broadcast(Value y) {
  if (!is(y.operand(0), op::broadcast) || y.operand(0).type().elements() == 0) return {};
  return reduce_before_broadcast(y, reduce);
}

/// contract(transpose(a), b)  →  contract(a, b) with the letters of a in its own order; the same
/// for b
Value contract_transposed(Value y) {
  auto [a, b] = y.operands<2>();
  ProductLetters letters = *product_letters(y.node());
  const bool has_transposed = is(a, op::transpose) || is(b, op::transpose);
  for (const auto& [factor, of_factor] : {std::pair(&a, &letters.a), std::pair(&b, &letters.b)}) {
    if (!is(*factor, op::transpose)) continue;
    const Axes permutation = factor->attribute<Axes>("permutation");
    const std::string after = *of_factor;
    for (std::size_t axis = 0; axis < permutation.size(); ++axis)
      at(*of_factor, permutation[axis]) = after[axis];
    *factor = factor->operand(0);
  }
  return has_transposed ? contract(a, b, to_spec(letters)) : Value();
}

/// broadcast(a) * broadcast(b)  →  broadcast(a * b), for every elementwise op whose operands are
/// all broadcast from one shape along the same axes (a constant is broadcast from any): fewer
/// elements to compute.
Value compute_before_broadcast(Value y) {
  if (y.node().op->form != ir::Form::elementwise || y.operand_count() == 0) return {};
  Value first;
  for (std::size_t slot = 0; slot < y.operand_count(); ++slot) {
    const Value operand = y.operand(slot);
    if (splat_number(operand)) continue;
    if (!is(operand, op::broadcast)) return {};
    if (!first) first = operand;
    if (operand.attribute<Axes>("axes") != first.attribute<Axes>("axes")) return {};
  }
  if (!first || first.type().elements() <= first.operand(0).type().elements()) return {};

  const Shape narrow = first.operand(0).shape(), wide = y.shape();
  const Axes axes = first.attribute<Axes>("axes");
  std::vector<Value> operands;
  for (std::size_t slot = 0; slot < y.operand_count(); ++slot) {
    const Value operand = y.operand(slot);
    const auto number = splat_number(operand);
    operands.push_back(number ? splat(y.graph(), {operand.dtype(), narrow}, *number)
                              : operand.operand(0));
  }
  return broadcast(append(y.graph(), *y.node().op, operands, y.attributes()), wide, axes);
}

constexpr Rule rules[] = {
    {&op::reshape, reshape_twice},
    {&op::reshape, reshape_to_same_shape},
    {&op::broadcast, broadcast_without_new_axes},
    {&op::broadcast, broadcast_twice},
    {&op::broadcast, broadcast_transposed},
    {&op::transpose, transpose_nothing},
    {&op::transpose, transpose_broadcast},
    {&op::transpose, transpose_twice},
    {&op::slice, slice_everything},
    {&op::slice, slice_twice},
    {&op::slice, move_splat},
    {&op::transpose, move_splat},
    {&op::broadcast, move_splat},
    {&op::pad, pad_with_nothing},
    {&op::pad, pad_twice},
    {&op::concat, concat_one},
    {&op::sum, reduce_nothing},
    {&op::reduce_max, reduce_nothing},
    {&op::reduce_min, reduce_nothing},
    {&op::sum, sum_twice},
    {&op::sum, sum_broadcast},
    {&op::sum, sum_before_linear},
    {&op::reduce_max, choose_from_broadcast<ir::reduce_max>},
    {&op::reduce_min, choose_from_broadcast<ir::reduce_min>},
    {&op::contract, contract_transposed},
    {nullptr, compute_before_broadcast},
};

}  // namespace

std::span<const Rule> shape_rules() { return rules; }

}  // namespace gradc::passes
