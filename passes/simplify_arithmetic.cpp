/// Identities of numbers.
#include <cmath>

#include "ir/ops.h"
#include "passes/simplify_rules.h"

namespace gradc::passes {

namespace op = ir::op;
using ir::Value;

namespace {

bool is(Value value, const ir::Op& op) { return value.node().op == &op; }

/// Multiplying by it only changes the exponent, and so does multiplying by its reciprocal.
bool is_power_of_two(double number) {
  int exponent = 0;
  const bool is_power = std::abs(std::frexp(number, &exponent)) == 0.5;
  constexpr int safe = 100;  // far from overflow and denormals, even in f32
  return is_power && std::abs(exponent) < safe;
}

/// 2 + x  →  x + 2: one order, so that other rules look at one side only.
template <Value (*make)(Value, Value)>
Value constant_to_the_right(Value y) {
  const auto [a, b] = y.operands<2>();
  return is(a, op::constant) && !is(b, op::constant) ? make(b, a) : Value();
}

/// x + 0  →  x. (Turns a sum that would be +0 into −0 when x is −0.)
Value add_zero(Value y) { return is_splat(y.operand(1), 0) ? y.operand(0) : Value(); }

/// x + -z  →  x - z
Value add_negated(Value y) {
  const auto [a, b] = y.operands<2>();
  if (is(b, op::neg)) return a - b.operand(0);
  return is(a, op::neg) ? b - a.operand(0) : Value();
}

/// x - 0  →  x
Value subtract_zero(Value y) { return is_splat(y.operand(1), 0) ? y.operand(0) : Value(); }

/// x - -z  →  x + z
Value subtract_negated(Value y) {
  const auto [a, b] = y.operands<2>();
  return is(b, op::neg) ? a + b.operand(0) : Value();
}

/// x * 1  →  x
Value multiply_by_one(Value y) { return is_splat(y.operand(1), 1) ? y.operand(0) : Value(); }

/// x * -1  →  -x
Value multiply_by_minus_one(Value y) {
  return is_splat(y.operand(1), -1) ? -y.operand(0) : Value();
}

/// x * 0  →  0, for integers only: a real x may be infinite or NaN.
Value multiply_by_zero(Value y) {
  return is_splat(y.operand(1), 0) && !is_float(y.dtype()) ? y.operand(1) : Value();
}

/// (x * c) * d  →  x * (c * d), where one of them is a power of two, so that nothing is rounded
/// differently
Value multiply_twice(Value y) {
  const auto [product, second] = y.operands<2>();
  if (!is(product, op::mul) || !is_float(y.dtype())) return {};
  const auto c = splat_number(product.operand(1)), d = splat_number(second);
  if (!c || !d || !(is_power_of_two(*c) || is_power_of_two(*d))) return {};
  return product.operand(0) * (*c * *d);
}

/// -x * -z  →  x * z
Value multiply_negated(Value y) {
  const auto [a, b] = y.operands<2>();
  return is(a, op::neg) && is(b, op::neg) ? a.operand(0) * b.operand(0) : Value();
}

/// x / 1  →  x
Value divide_by_one(Value y) { return is_splat(y.operand(1), 1) ? y.operand(0) : Value(); }

/// x / 4  →  x * 0.25: exact for powers of two, and for no other number
Value divide_by_power_of_two(Value y) {
  const auto number = splat_number(y.operand(1));
  return number && is_float(y.dtype()) && is_power_of_two(*number) ? y.operand(0) * (1 / *number)
                                                                   : Value();
}

/// --x  →  x
Value negate_twice(Value y) {
  return is(y.operand(0), op::neg) ? y.operand(0).operand(0) : Value();
}

/// -(a - b)  →  b - a. (Turns −0 into +0 when a = b.)
Value negate_difference(Value y) {
  const Value x = y.operand(0);
  return is(x, op::sub) ? x.operand(1) - x.operand(0) : Value();
}

/// x ^ 2  →  x * x, and other small whole powers
Value power_of_small_exponent(Value y) {
  const Value x = y.operand(0);
  const auto exponent = splat_number(y.operand(1));
  if (!exponent) return {};
  if (*exponent == 0) return splat(y, 1);
  if (*exponent == 1) return x;
  if (*exponent == 2) return x * x;
  if (*exponent == 3) return x * x * x;
  if (*exponent == -1) return 1 / x;
  return {};
}

/// max(x, x)  →  x
Value same_operands(Value y) {
  return y.operand(0).id() == y.operand(1).id() ? y.operand(0) : Value();
}

/// not not x  →  x
Value not_twice(Value y) { return is(y.operand(0), op::not_) ? y.operand(0).operand(0) : Value(); }

/// select(true, a, b)  →  a
Value select_known(Value y) {
  const auto condition = splat_number(y.operand(0));
  if (!condition) return {};
  return *condition != 0 ? y.operand(1) : y.operand(2);
}

/// select(c, a, a)  →  a
Value select_between_equals(Value y) {
  return y.operand(1).id() == y.operand(2).id() ? y.operand(1) : Value();
}

/// select(not c, a, b)  →  select(c, b, a)
Value select_negated(Value y) {
  const auto [condition, a, b] = y.operands<3>();
  return is(condition, op::not_) ? select(condition.operand(0), b, a) : Value();
}

/// cast(x) to the type it has  →  x
Value cast_to_same_type(Value y) {
  return y.operand(0).type() == y.type() ? y.operand(0) : Value();
}

/// stop(x)  →  x: gradients are there already
Value stop_nothing(Value y) { return y.operand(0); }

constexpr Rule rules[] = {
    {&op::add, constant_to_the_right<ir::add>},
    {&op::add, add_zero},
    {&op::add, add_negated},
    {&op::sub, subtract_zero},
    {&op::sub, subtract_negated},
    {&op::mul, constant_to_the_right<ir::mul>},
    {&op::mul, multiply_by_one},
    {&op::mul, multiply_by_minus_one},
    {&op::mul, multiply_by_zero},
    {&op::mul, multiply_twice},
    {&op::mul, multiply_negated},
    {&op::div, divide_by_one},
    {&op::div, divide_by_power_of_two},
    {&op::neg, negate_twice},
    {&op::neg, negate_difference},
    {&op::pow, power_of_small_exponent},
    {&op::max, same_operands},
    {&op::min, same_operands},
    {&op::not_, not_twice},
    {&op::select, select_known},
    {&op::select, select_between_equals},
    {&op::select, select_negated},
    {&op::cast, cast_to_same_type},
    {&op::stop, stop_nothing},
};

}  // namespace

std::span<const Rule> arithmetic_rules() { return rules; }

}  // namespace gradc::passes
