// Powers. f32 is exp(y log x) in f64; f64 needs the logarithm to about 64 bits, since an error in
// it counts up to 745 times.
#include <array>
#include <limits>

#include "codegen/math.h"

namespace gradc::codegen {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// log m = 2 artanh(s) = 2s + s³ (2/3 + s² P(s²)) with s = (m - 1) / (m + 1), √½ ≤ m ≤ √2: 2^-66.5.
constexpr std::array artanh_tail = {
    0x1.999999999999ap-2, 0x1.24924924922fcp-2, 0x1.c71c71c74d1cp-3,  0x1.745d173c57417p-3,
    0x1.3b13aa0342a94p-3, 0x1.11154601f4b17p-3, 0x1.e01b9e2a1bb45p-4, 0x1.da9000072fdbp-4};

/// log x for finite x > 0.
Double precise_log(Real x) {
  const auto [m, k] = reduce_by_powers_of_2(x);
  const Real f = m - 1;
  const auto [denominator, lost] = exact_sum(m, m.constant(1));
  const Real ratio = f / denominator;
  const auto [product, product_low] = exact_product(ratio, denominator);
  const Real rest = ((f - product) - product_low) - ratio * lost;
  const Double s = {ratio, rest / denominator};

  const Double square = s * s;
  const Real tail = square.high * polynomial(square.high, artanh_tail);
  const auto [sum, sum_low] = exact_sum_ordered(f.constant(0x1.5555555555555p-1), tail);
  const Double series = f.constant(2) + square * Double{sum, sum_low + 0x1.5555555555555p-55};
  const Double log_m = s * series;

  const auto [ln2_high, ln2_low] = ln2(x);
  const auto [high, low] = exact_sum(k * ln2_high, log_m.high);
  return exact_sum_ordered(high, low + fma(k, ln2_low, log_m.low));
}

/// e^(high + low); exactly representable results are exact.
Real exp_of_double(Double x) {
  const Real limited = at_least(at_most(x.high, 710), -746);
  const Real low = select(limited == x.high, x.low, 0.0);
  const auto [power, rounded] = reduce_by_ln2(limited);
  // What the reduction's last step rounded away.
  const auto [ln2_high, ln2_low] = ln2(limited);
  const Real k = power.real() - format(limited).shifter;
  const Real lost = fma(k, -ln2_low, fma(k, -ln2_high, limited) - rounded);
  const auto [r, r_low] = exact_sum_ordered(rounded, lost + low);
  const auto [sum, sum_low] = exact_sum_ordered(r.constant(1), r);
  return scale(sum + fma(r * r, exp_tail(r), sum_low + r_low), power);
}

/// size^y for finite size > 0.
Real positive_power(Real size, Real y) {
  const Double log_size = precise_log(size);
  const auto [high, low] = exact_product(y, log_size.high);
  return exp_of_double({high, fma(y, log_size.low, low)});
}

Mask is_integer(Real a) { return round(a) == a; }

/// x^y in f64, for f64 or (less precisely) for f32.
Real power(Real x, Real y, bool precise) {
  const Real size = abs(x);
  // At this y all but |x| = 1 have left the format's range; a larger one would overflow on the way.
  const Real limited = at_least(at_most(y, 0x1p65), -0x1p65);
  Real result = precise ? positive_power(size, limited) : exp(limited * log(size));
  // Zero and infinity are each other's reciprocal.
  const Mask shrinks = y < 0;
  result = select(size == 0, select(shrinks, infinity, y.constant(0)), result);
  result = select(size == infinity, select(shrinks, 0, y.constant(infinity)), result);
  const Mask is_odd = is_integer(y) & !is_integer(0.5 * y);
  const Real one = x.constant(1);
  result = select(is_odd & (copy_sign(one, x) < 0), -result, result);
  const Mask is_undefined = (x < 0) & (size < infinity) & !is_integer(y);
  result = select(is_undefined, nan, result);
  result = select((x != x) | (y != y), nan, result);
  return select((y == 0) | (x == 1), one, result);
}

Real pow_body(std::span<const Real> arguments) {
  const auto x = arguments[0], y = arguments[1];
  if (x.is_f32()) return narrow(power(widen(x), widen(y), false));
  return power(x, y, true);
}

}  // namespace

Real pow(Real x, Real y) {
  const std::array arguments = {x, y};
  return call_outlined("pow", pow_body, arguments);
}

}  // namespace gradc::codegen
