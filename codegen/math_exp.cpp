// Exponential and what is made of it. All polynomials of the math_*.cpp minimize the largest
// relative error over the interval that they serve, among those with coefficients in the format:
// Remez's exchange, then lattice reduction of the coefficients (Brisebarre and Chevillard,
// "Efficient polynomial L∞-approximations", 2007), as computed by Sollya's fpminimax.
#include <array>

#include "codegen/math.h"

namespace gradc::codegen {

namespace {

// e^r = 1 + r + r² P(r) for |r| ≤ ln 2 / 2: 2^-28.2 and 2^-57.8.
constexpr std::array exp_f32 = {0x1.fffffcp-2, 0x1.55549p-3, 0x1.55589ep-5, 0x1.123abcp-7,
                                0x1.6a624cp-10};
constexpr std::array exp_f64 = {0x1.000000000000ap-1,  0x1.55555555554fdp-3,  0x1.555555555069cp-5,
                                0x1.1111111126ecbp-7,  0x1.6c16c18482215p-10, 0x1.a01a012edf54ap-13,
                                0x1.a01999392aab7p-16, 0x1.71df1af29698ep-19, 0x1.28ae252d6f41dp-22,
                                0x1.ad904c20a5b2fp-26};

// tanh x = x + x³ P(x²) for |x| ≤ 0.55: 2^-28.0 and 2^-58.7.
constexpr double tanh_limit = 0.55;
constexpr std::array tanh_f32 = {-0x1.555554p-2, 0x1.110fc4p-3, -0x1.b99936p-5, 0x1.5ce426p-6,
                                 -0x1.afca0ep-8};
constexpr std::array tanh_f64 = {
    -0x1.5555555555555p-2,  0x1.1111111110fd5p-3,  -0x1.ba1ba1b9f855cp-5,  0x1.664f48756ffd5p-6,
    -0x1.226e32b576048p-7,  0x1.d6d32f591f4d5p-9,  -0x1.7d974ad1d0964p-10, 0x1.34c13a60c2da7p-11,
    -0x1.ebe235ad23adap-13, 0x1.6475c18bd8377p-14, -0x1.585337ca6d192p-16};

}  // namespace

Ln2 ln2(Real format_of) {
  // NOLINTBEGIN(modernize-use-std-numbers): parts of it
  return format_of.is_f32() ? Ln2{0x1.62e4p-1, 0x1.7f7d1cp-20}
                            : Ln2{0x1.62e42fefa38p-1, 0x1.ef35793c7673p-45};
  // NOLINTEND(modernize-use-std-numbers)
}

ReducedByLn2 reduce_by_ln2(Real x) {
  const Ln2 parts = ln2(x);
  const double shifter = format(x).shifter;
  const Real shifted = fma(x, log2_e, x.constant(shifter));
  const Real k = shifted - shifter;
  const Real rough = fma(k, -parts.high, x);
  return {shifted.bits(), fma(k, -parts.low, rough)};
}

Real exp_tail(Real r) { return r.is_f32() ? polynomial(r, exp_f32) : polynomial(r, exp_f64); }

Real scale_normal(Real p, Bits power) {
  const Format& f = format(p);
  if (const auto scaled = scale_at_once(p, power.real() - f.shifter)) return *scaled;
  // The bits of `power` above k leave the number at its upper end.
  return p * ((power << f.mantissa_bits) + p.constant(1).bits()).real();
}

Real scale(Real p, Bits power) {
  const Format& f = format(p);
  if (const auto scaled = scale_at_once(p, power.real() - f.shifter)) return *scaled;
  // 2^k has no place in the format if k is -140 or 128; its two halves have.
  const Bits both = power - (p.constant(f.shifter).bits() - 2 * f.bias);
  const Bits half = both >> 1;
  const Bits other = both - half;
  return p * (half << f.mantissa_bits).real() * (other << f.mantissa_bits).real();
}

namespace {

/// e^r. Without what rounding 1 + r loses, the error would be a quarter larger.
Real exp_reduced(Real r) {
  const auto [sum, lost] = exact_sum_ordered(r.constant(1), r);
  return sum + fma(r * r, exp_tail(r), lost);
}

/// e^x for an x that is not far beyond the ends of the range.
Real exp_limited(Real x) {
  const auto [power, r] = reduce_by_ln2(x);
  return scale(exp_reduced(r), power);
}

// Beyond these limits results have overflowed to infinity and underflowed to zero.
Real limit_above(Real x) { return at_most(x, x.is_f32() ? 89 : 710); }
Real limit_below(Real x) { return at_least(x, x.is_f32() ? -104 : -746); }

}  // namespace

Real exp_normal(Real x) {
  const auto [power, r] = reduce_by_ln2(x);
  return scale_normal(exp_reduced(r), power);
}

Real exp(Real x) { return exp_limited(limit_below(limit_above(x))); }

Real sigmoid(Real x) {
  // With the exponential of -|x| nothing overflows, and small results keep their precision.
  const Real e = exp_limited(limit_below(-abs(x)));
  const auto [sum, lost] = exact_sum_ordered(e.constant(1), e);
  const Real quotient = select(x < 0, e, 1) / sum;
  // What the sum lost lowers the quotient by its share of the sum: about 1 - e/2 of it.
  return fma(quotient * lost, fma(e, e.constant(0.5), -1), quotient);
}

Real tanh(Real x) {
  const Real size = abs(x);
  const Real square = x * x;
  const Real p = x.is_f32() ? polynomial(square, tanh_f32) : polynomial(square, tanh_f64);
  const Real small = fma(size * square, p, size);
  // Above the limit the result is at least 1/2, so the fraction's error counts at most half.
  const Real e = exp_normal(2 * at_most(size, x.is_f32() ? 10 : 20));
  const Real large = 1 - 2 / (1 + e);
  return copy_sign(select(size < tanh_limit, small, large), x);
}

}  // namespace gradc::codegen
