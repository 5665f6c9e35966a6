// Sine and cosine. f32 is computed in f64, which is simpler than to be careful in f32.
#include <array>
#include <limits>

#include "codegen/math.h"
#include "codegen/math_angle.h"

namespace gradc::codegen {

namespace {

// On |r| ≤ π/4, sin r = r + r³ S(r²) and cos r = 1 - r²/2 + r⁴ C(r²).
// For results in f32: 2^-35.6 and 2^-29.8.
constexpr std::array sin_f32 = {-0x1.555555545a74p-3, 0x1.11110de88425ap-7, -0x1.a013a03bab5c6p-13,
                                0x1.6dbc020fc7ddep-19};
constexpr std::array cos_f32 = {0x1.5555543f12a43p-5, -0x1.6c12cee6686ddp-10,
                                0x1.9bd6e8f2595cep-16};
// For results in f64: 2^-60.9 and 2^-60.5.
constexpr std::array sin_f64 = {
    -0x1.5555555555555p-3, 0x1.111111111101fp-7,  -0x1.a01a019fe8dfep-13, 0x1.71de3a10dc51fp-19,
    -0x1.ae63f909cfa3p-26, 0x1.60e68fae7f559p-33, -0x1.8dbcc418b639ap-41};
constexpr std::array cos_f64 = {0x1.5555555555555p-5,  -0x1.6c16c16c168c9p-10,
                                0x1.a01a019f37fa7p-16, -0x1.27e4fa0294bd1p-22,
                                0x1.1eeb578302a2ep-29, -0x1.90734d02b1b47p-37};

Real sine_f32(const Angle& angle) {
  const Real r = angle.high, square = r * r;
  return fma(r * square, polynomial(square, sin_f32), r);
}
Real cosine_f32(const Angle& angle) {
  const Real square = angle.high * angle.high;
  return fma(square, fma(square, polynomial(square, cos_f32), -0.5), 1);
}

Real sine_f64(const Angle& angle) {
  const auto& [r, low, quadrant] = angle;
  const Real square = r * r;
  // The derivative, 1 - r²/2, carries the low part into the result.
  const Real correction = fma(square * low, -0.5, low);
  return r + fma(r * square, polynomial(square, sin_f64), correction);
}
Real cosine_f64(const Angle& angle) {
  const auto& [r, low, quadrant] = angle;
  const Real square = r * r;
  const auto [high, lost] = exact_sum_ordered(square.constant(1), -0.5 * square);
  const Real tail = fma(square * square, polynomial(square, cos_f64), lost - r * low);
  return high + tail;
}

/// sin(x + quarter_turns π/2).
Real sine_shifted(Real x, std::uint64_t quarter_turns) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const Real wide = x.is_f32() ? widen(x) : x;
  const Angle angle = reduce_by_half_pi(wide);
  const Bits quadrant = angle.quadrant + quarter_turns;
  const Real sine = x.is_f32() ? sine_f32(angle) : sine_f64(angle);
  const Real cosine = x.is_f32() ? cosine_f32(angle) : cosine_f64(angle);
  const Real size = select((quadrant & 1) != 0, cosine, sine);
  const Real finite = select((quadrant & 2) != 0, -size, size);
  const Real result = select(abs(wide) < infinity, finite, wide - wide);
  return x.is_f32() ? narrow(result) : result;
}

Real sin_body(std::span<const Real> arguments) {
  const Real x = arguments[0];
  // sin(-0) = -0, and a number so small is its own sine.
  return select(abs(x) < 0x1p-27, x, sine_shifted(x, 0));
}

Real cos_body(std::span<const Real> arguments) { return sine_shifted(arguments[0], 1); }

}  // namespace

Real sin(Real x) { return call_outlined("sin", sin_body, {&x, 1}); }
Real cos(Real x) { return call_outlined("cos", cos_body, {&x, 1}); }

}  // namespace gradc::codegen
