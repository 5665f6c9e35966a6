#pragma once
/// How far a result is from the exact one, in units of the last place that the exact one has.
#include <algorithm>
#include <cmath>
#include <limits>

namespace gradc {

/// For results that are wrong altogether: NaN, infinity or a zero's sign.
constexpr double wrong = 1e30;

/// `Exact` has more digits and exponents than `T`. Results that are exactly half way between
/// numbers are off by 0.5 either way; denormal results are measured in the smallest denormal.
template <typename T, typename Exact>
double ulps(T got, Exact exact) {
  using Limits = std::numeric_limits<T>;
  if (std::isnan(exact)) return std::isnan(got) ? 0 : wrong;
  const T nearest = static_cast<T>(exact);
  if (got == nearest && std::isinf(got)) return 0;
  if (std::isinf(exact)) return wrong;
  if (got == 0 && nearest == 0 && std::signbit(got) != std::signbit(nearest)) return wrong;

  const int smallest = Limits::min_exponent - 1;
  const int exponent = exact == 0 ? smallest : std::max(smallest, std::ilogb(exact));
  const Exact unit = std::ldexp(Exact{1}, exponent - (Limits::digits - 1));
  // An infinity stands for the number that would follow the largest.
  const Exact value = std::isinf(got)
                          ? std::copysign(std::ldexp(Exact{1}, Limits::max_exponent), Exact{got})
                          : Exact{got};
  return static_cast<double>(std::fabs(value - exact) / unit);
}

}  // namespace gradc
