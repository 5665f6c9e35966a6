#pragma once
/// The elementary functions on any number of lanes; math.md says how exact they are.
///
/// exp, log, tanh, sigmoid and erf are written where they are used. The others are longer: each
/// becomes an internal function of the module, once per type and number of lanes, and is called.
#include <numbers>

#include "codegen/lanes.h"

namespace gradc::codegen {

Real exp(Real x);
Real log(Real x);
Real tanh(Real x);
Real sigmoid(Real x);
Real sin(Real x);
Real cos(Real x);
Real erf(Real x);
/// As C's: pow(x, 0) = pow(1, y) = 1 even for NaNs.
Real pow(Real x, Real y);

// ---- What they share -----------------------------------------------------------------------

/// x = k ln 2 + r with |r| ≤ ln 2 / 2; `power` is the bits of k + shifter, so its low bits are k.
struct ReducedByLn2 {
  Bits power;
  Real r;
};
ReducedByLn2 reduce_by_ln2(Real x);
/// (e^r - 1 - r) / r² for such an r.
Real exp_tail(Real r);
/// p · 2^k for 1/2 < p < 2: where neither is denormal or infinite, and for every k that exp needs.
Real scale_normal(Real p, Bits power);
Real scale(Real p, Bits power);
/// e^x where the result is normal.
Real exp_normal(Real x);

/// x = m · 2^k with √½ ≤ m < √2, for x > 0.
struct ReducedByPowersOf2 {
  Real m, k;
};
ReducedByPowersOf2 reduce_by_powers_of_2(Real x);

constexpr double log2_e = std::numbers::log2e;
/// ln 2 = high + low, where high · k is exact for every exponent k.
struct Ln2 {
  double high, low;
};
Ln2 ln2(Real format_of);

/// The body of a function with arguments and a result of one type.
using RealFunction = Real (*)(std::span<const Real> arguments);
/// Calls `body` as the internal function `name`, which is written where the module has none yet.
Real call_outlined(const char* name, RealFunction body, std::span<const Real> arguments);

}  // namespace gradc::codegen
