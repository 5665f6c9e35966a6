// Error function.
#include <array>

#include "codegen/math.h"

namespace gradc::codegen {

namespace {

// erf x = x + x P(x²) for |x| ≤ 0.9: 2^-30.1 and 2^-56.3.
constexpr double near_limit = 0.9;
constexpr std::array near_f32 = {0x1.06eba8p-3, -0x1.812742p-2,  0x1.ce2e08p-4, -0x1.b81108p-6,
                                 0x1.54f15p-8,  -0x1.ac24f6p-11, 0x1.645cd6p-14};
constexpr std::array near_f64 = {
    0x1.06eba8214db69p-3,  -0x1.812746b0379f7p-2,  0x1.ce2f21a043099p-4,  -0x1.b82ce3128e6dbp-6,
    0x1.565bcd0d954a6p-8,  -0x1.c02db39614a2ep-11, 0x1.f9a312fe3c8d9p-14, -0x1.f4d031cfa850cp-17,
    0x1.b9c0cb7a4f58bp-20, -0x1.5dc5df1d44ca6p-23, 0x1.e4b7fbf23c3abp-27, -0x1.d9b36f0b08926p-31};

// erf x = 1 - exp(-Q(x)) above, up to where the result rounds to 1: 2^-28.6 and 2^-57.2. Remez's
// exchange for the relative error of erf x, a coefficient at a time rounded, the others solved
// anew.
constexpr std::array far_f32 = {0x1.5d3316p-13, 0x1.20b75p+0,  0x1.4621bep-1,  0x1.aa7304p-4,
                                -0x1.6d9c94p-6, 0x1.91cc48p-9, -0x1.9fb15ep-13};
constexpr std::array far_f64 = {
    -0x1.23a257ed657e9p-28, 0x1.20dd76615d4e1p+0,   0x1.45f2f0f2b0970p-1,   0x1.a4f81e605b755p-4,
    -0x1.398fc256d8ce6p-6,  -0x1.86e6c832ace61p-13, 0x1.b21be708f91a8p-10,  -0x1.18494777e1c72p-11,
    -0x1.27a8665240d5bp-15, 0x1.f1e838711def9p-14,  -0x1.1faf36096bbeep-14, 0x1.b05e837646388p-16,
    -0x1.e6921e87ea64fp-18, 0x1.a9afb8e26874cp-20,  -0x1.22c87fb530db5p-22, 0x1.31b55aad67af3p-25,
    -0x1.ded03dcecd336p-29, 0x1.07475f386e48bp-32,  -0x1.6aca7acc7b638p-37, 0x1.d7297c763c293p-43};

Real erf_body(std::span<const Real> arguments) {
  const Real x = arguments[0];
  const Real size = abs(x);
  const Real square = x * x;
  const Real p = x.is_f32() ? polynomial(square, near_f32) : polynomial(square, near_f64);
  const Real near = fma(size, p, size);
  const Real limited = at_most(size, x.is_f32() ? 4 : 6);
  const Real q = x.is_f32() ? polynomial(limited, far_f32) : polynomial(limited, far_f64);
  const Real far = 1 - exp_normal(-q);
  return copy_sign(select(size < near_limit, near, far), x);
}

}  // namespace

Real erf(Real x) { return call_outlined("erf", erf_body, {&x, 1}); }

}  // namespace gradc::codegen
