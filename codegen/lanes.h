#pragma once
/// Vectors under construction, with operators, so that the elementary functions read like formulas.
///
/// Nothing carries fast-math flags and a multiplication is fused with an addition only where
/// `fma` says so: what a formula computes does not depend on LLVM's choices or the number of lanes.
#include <cstdint>
#include <optional>
#include <span>

#include "codegen/scalar.h"

namespace gradc::codegen {

struct Emitter {
  llvm::IRBuilderBase& builder;
  Machine machine;
};

struct Bits;

/// Truth values: what comparisons make and `select` takes.
struct Mask {
  const Emitter* emitter;
  llvm::Value* value;
};
Mask operator&(Mask a, Mask b);
Mask operator|(Mask a, Mask b);
Mask operator!(Mask a);

/// f32 or f64 in every lane.
struct Real {
  const Emitter* emitter;
  llvm::Value* value;

  bool is_f32() const;
  /// The same number in every lane of this one's type.
  Real constant(double number) const;
  Bits bits() const;
};
Real operator+(Real a, Real b);
Real operator-(Real a, Real b);
Real operator*(Real a, Real b);
Real operator/(Real a, Real b);
Real operator-(Real a);
inline Real operator+(Real a, double b) { return a + a.constant(b); }
inline Real operator-(Real a, double b) { return a - a.constant(b); }
inline Real operator*(Real a, double b) { return a * a.constant(b); }
inline Real operator+(double a, Real b) { return b.constant(a) + b; }
inline Real operator-(double a, Real b) { return b.constant(a) - b; }
inline Real operator*(double a, Real b) { return b.constant(a) * b; }
inline Real operator/(double a, Real b) { return b.constant(a) / b; }

/// Comparisons are false where a NaN meets anything; `!=` is its own contrary and true there.
Mask operator<(Real a, Real b);
Mask operator==(Real a, Real b);
Mask operator!=(Real a, Real b);
inline Mask operator>(Real a, Real b) { return b < a; }
Mask operator<(Real a, double b);
Mask operator>(Real a, double b);
Mask operator==(Real a, double b);

/// a * b + c, rounded once where the machine can, else after each operation.
Real fma(Real a, Real b, Real c);
inline Real fma(Real a, double b, Real c) { return fma(a, a.constant(b), c); }
inline Real fma(Real a, Real b, double c) { return fma(a, b, a.constant(c)); }
/// a · 2^k for an integer k, rounded once; nothing where the machine cannot.
std::optional<Real> scale_at_once(Real a, Real k);
Real abs(Real a);
Real copy_sign(Real magnitude, Real sign);
/// The limit where `a` is beyond it; a NaN stays.
Real at_most(Real a, double limit);
Real at_least(Real a, double limit);
/// Nearest integer, halves to even, and largest integer not above; zeros keep their sign.
/// Made of additions: on some targets the instruction would be a call of libm.
Real round(Real a);
Real floor(Real a);
/// coefficients[0] + coefficients[1] x + …
Real polynomial(Real x, std::span<const double> coefficients);
Real widen(Real a);   ///< f32 to f64
Real narrow(Real a);  ///< f64 to f32

/// Integers as wide as the reals that they came from.
struct Bits {
  const Emitter* emitter;
  llvm::Value* value;

  Bits constant(std::uint64_t number) const;
  Real real() const;
};
Bits operator+(Bits a, Bits b);
Bits operator-(Bits a, Bits b);
Bits operator+(Bits a, std::uint64_t b);
Bits operator-(Bits a, std::uint64_t b);
Bits operator&(Bits a, std::uint64_t b);
Bits operator|(Bits a, Bits b);
Bits operator<<(Bits a, unsigned b);
Bits operator>>(Bits a, unsigned b);  ///< fills with zeros
Mask operator!=(Bits a, std::uint64_t b);

Real select(Mask condition, Real a, Real b);
inline Real select(Mask condition, double a, Real b) { return select(condition, b.constant(a), b); }
inline Real select(Mask condition, Real a, double b) { return select(condition, a, a.constant(b)); }

/// How a format stores numbers: sign, exponent + bias, mantissa.
struct Format {
  unsigned mantissa_bits;
  std::uint64_t bias;
  std::uint64_t sqrt_half;  ///< the bits of √½
  double shifter;           ///< x + shifter has the nearest integer to x in its low bits
  double largest_fraction;  ///< from here on every number is an integer
  double smallest_normal;

  std::uint64_t mantissa_mask() const { return (std::uint64_t{1} << mantissa_bits) - 1; }
};
const Format& format(Real a);

/// The sum of two reals, for more precision than the format has; `low` is small beside `high`.
struct Double {
  Real high, low;
};
/// Exact: a + b, a + b if |a| ≥ |b|, and a · b (unless it leaves the format's range).
Double exact_sum(Real a, Real b);
Double exact_sum_ordered(Real a, Real b);
Double exact_product(Real a, Real b);
/// To about twice the format's precision.
Double operator*(Double a, Double b);
Double operator+(Real a, Double b);  ///< |a| ≥ |b|

}  // namespace gradc::codegen
