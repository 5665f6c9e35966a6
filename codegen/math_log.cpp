// Natural logarithm.
#include <array>
#include <limits>

#include "codegen/math.h"

namespace gradc::codegen {

namespace {

// log(1 + f) = f - f²/2 + f³ P(f) for √½ ≤ 1 + f ≤ √2: 2^-27.7.
constexpr std::array log_f32 = {0x1.555554p-2,  -0x1.ffffe6p-3, 0x1.999d2ap-3,
                                -0x1.556288p-3, 0x1.23de4p-3,   -0x1.fbbf2ep-4,
                                0x1.dc75e8p-4,  -0x1.ddb2cep-4, 0x1.2cb40ep-4};
// The same, with s = f / (2 + f), is 2 artanh(s) = 2s + s³ P(s²): 2^-57.6.
constexpr std::array log_f64 = {0x1.5555555555558p-1, 0x1.9999999995303p-2, 0x1.2492492df3035p-2,
                                0x1.c71c62e0b72cbp-3, 0x1.7462b661a6689p-3, 0x1.39fe212ae99bap-3,
                                0x1.2b5b8533c9337p-3};

Real log_of_positive_f32(Real x) {
  const auto [m, k] = reduce_by_powers_of_2(x);
  const auto [ln2_high, ln2_low] = ln2(x);
  const Real f = m - 1;
  const Real square = f * f;
  const Real tail = fma(square * f, polynomial(f, log_f32), k * ln2_low);
  const Real low = fma(square, -0.5, tail);
  return fma(k, ln2_high, f + low);
}

Real log_of_positive_f64(Real x) {
  const auto [m, k] = reduce_by_powers_of_2(x);
  const auto [ln2_high, ln2_low] = ln2(x);
  const Real f = m - 1;
  const Real s = f / (2 + f);
  const Real square = s * s;
  const Real half_square = 0.5 * f * f;
  // 2s = f - s f, and s f = f²/2 - s f²/2; so f, which is exact, carries most of the result.
  const Real tail = s * (half_square + square * polynomial(square, log_f64));
  const Real low = half_square - fma(k, ln2_low, tail);
  return fma(k, ln2_high, f - low);
}

}  // namespace

ReducedByPowersOf2 reduce_by_powers_of_2(Real x) {
  const Format& f = format(x);
  const Mask is_denormal = x < f.smallest_normal;
  const double up = f.mantissa_bits + 1;
  const Real normal = select(is_denormal, x * (x.is_f32() ? 0x1p24 : 0x1p53), x);
  // The exponent field of x / √½ is k + bias; the rest of it, put back on √½, is m.
  const Bits quotient = normal.bits() - (f.sqrt_half - (f.bias << f.mantissa_bits));
  const Real m = ((quotient & f.mantissa_mask()) + f.sqrt_half).real();
  // Written into the low bits of 2^mantissa_bits, an integer becomes its difference from it.
  const Bits exponent = quotient >> f.mantissa_bits;
  const Real biased = (exponent | x.constant(f.largest_fraction).bits()).real();
  const auto bias = static_cast<double>(f.bias);
  const Real offset =
      select(is_denormal, x.constant(f.largest_fraction + bias + up), f.largest_fraction + bias);
  return {m, biased - offset};
}

Real log(Real x) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const Real finite = x.is_f32() ? log_of_positive_f32(x) : log_of_positive_f64(x);
  const Real positive = select(x < infinity, finite, x);  // infinity and NaN are their own
  return select(x < 0, nan, select(x == 0, -infinity, positive));
}

}  // namespace gradc::codegen
