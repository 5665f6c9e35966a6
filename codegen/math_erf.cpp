// Error function.
#include <array>

#include "codegen/math.h"

namespace gradc::codegen {

namespace {

// erf x = 1 - exp(-x - x P(x)) for x from 0 to where the result rounds to 1: 2^-27.8 and 2^-56.0.
// Remez's exchange for the relative error of erf x, a coefficient at a time rounded, the others
// solved anew.
constexpr double limit_f32 = 3.9375, limit_f64 = 5.9375;
constexpr std::array erf_f32 = {0x1.06eba8p-3,   0x1.45f3p-1,     0x1.a4f8c4p-4,
                                -0x1.39b7ccp-6,  -0x1.6374bep-13, 0x1.b74398p-10,
                                -0x1.4e27aap-11, 0x1.f2852ap-14,  -0x1.3afc5cp-17};
constexpr std::array erf_f64 = {
    0x1.06eba8214db68p-3,   0x1.45f306dc9c8bap-1,   0x1.a4f4e2a1ad9b6p-4,   -0x1.3966859215638p-6,
    -0x1.b6b697aef0d7bp-13, 0x1.bca687bd35ebep-10,  -0x1.3565cffcd38fbp-11, 0x1.b268801a482c6p-16,
    0x1.0e55880999d0bp-14,  -0x1.f15038d09b7ecp-16, 0x1.b7a271131be8fp-19,  0x1.92cc65786fbe5p-19,
    -0x1.ffed8ea40eb9bp-20, 0x1.f6b195dbe9584p-22,  0x1.c759a77922486p-25,  -0x1.a76145df9b4ccp-24,
    0x1.9bf1abc220301p-25,  -0x1.03c36e0fc290bp-26, 0x1.de15dec0ad11fp-29,  -0x1.49fe78c6e9765p-31,
    0x1.53d75f5988f8cp-34,  -0x1.fb68becb8cdcp-38,  0x1.0328006a43218p-41,  -0x1.4302b97168f72p-46,
    0x1.7090bc6bc2c07p-52};

}  // namespace

Real erf(Real x) {
  const Real size = at_most(abs(x), x.is_f32() ? limit_f32 : limit_f64);
  const Real p = x.is_f32() ? polynomial(size, erf_f32) : polynomial(size, erf_f64);
  const auto [q, lost] = exact_sum_ordered(size, size * p);
  // 1 - 2^k e^r = (1 - 2^k) - 2^k (e^r - 1) keeps the precision of small results, for which k = 0.
  const auto [power, r] = reduce_by_ln2(-q);
  const Real e_minus_1 = r + fma(r * r, exp_tail(r), -lost);
  const Real power_of_2 = scale_normal(x.constant(1), power);
  return copy_sign(fma(-power_of_2, e_minus_1, 1 - power_of_2), x);
}

}  // namespace gradc::codegen
