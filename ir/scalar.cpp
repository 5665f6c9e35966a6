#include "ir/scalar.h"

#include <array>
#include <cassert>
#include <cmath>
#include <limits>

namespace gradc::ir {

namespace {

struct ScalarInfo {
  std::string_view name;
  int arity;
};

constexpr ScalarInfo table[] = {
#define SCALAR(name, arity, meaning) {#name, arity},
#include "ir/scalar.def"
#undef SCALAR
};

double round_to(DType dtype, double value) {
  return dtype == DType::f32 ? static_cast<double>(static_cast<float>(value)) : value;
}

/// The low bits that fit the type, read with its sign.
std::int64_t wrap_to(DType dtype, std::uint64_t bits) {
  switch (dtype) {
    case DType::i32:
      return static_cast<std::int32_t>(static_cast<std::uint32_t>(bits));
    case DType::u8:
      return static_cast<std::uint8_t>(bits);
    case DType::boolean:
      return bits != 0;
    default:
      return static_cast<std::int64_t>(bits);
  }
}

/// Truncates; NaN gives 0, out of range gives the nearest bound.
std::int64_t truncate_to(DType dtype, double value) {
  const auto saturate = [&]<typename T>(T) -> std::int64_t {
    if (std::isnan(value)) return 0;
    // The comparison is with the bound rounded to double, which for i64 lies just outside the type.
    if (value <= static_cast<double>(std::numeric_limits<T>::min()))
      return std::numeric_limits<T>::min();
    if (value >= static_cast<double>(std::numeric_limits<T>::max()))
      return std::numeric_limits<T>::max();
    return static_cast<T>(value);
  };
  switch (dtype) {
    case DType::i32:
      return saturate(std::int32_t{});
    case DType::u8:
      return saturate(std::uint8_t{});
    case DType::boolean:
      return value != 0;
    default:
      return saturate(std::int64_t{});
  }
}

std::int64_t divide(std::int64_t a, std::int64_t b) {
  if (b == 0) return 0;
  // min / -1 overflows; its negation wraps to min.
  if (b == -1) return static_cast<std::int64_t>(-static_cast<std::uint64_t>(a));
  return a / b;
}

/// Remainder with the sign of the divisor.
std::int64_t remainder(std::int64_t a, std::int64_t b) {
  if (b == 0 || b == -1) return 0;
  const std::int64_t r = a % b;
  return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

/// What an instruction computes on numbers of one C++ type.
template <typename T>
bool compare(ScalarOp op, T a, T b) {
  switch (op) {
    case ScalarOp::eq:
      return a == b;
    case ScalarOp::ne:
      return a != b;
    case ScalarOp::lt:
      return a < b;
    case ScalarOp::le:
      return a <= b;
    default:
      assert(false && "not a comparison");
      return false;
  }
}

double apply_real(ScalarOp op, double a, double b) {
  switch (op) {
    case ScalarOp::add:
      return a + b;
    case ScalarOp::sub:
      return a - b;
    case ScalarOp::mul:
      return a * b;
    case ScalarOp::div:
      return a / b;
    case ScalarOp::rem:
      return a - b * std::floor(a / b);
    case ScalarOp::max:
      return b > a ? b : a;
    case ScalarOp::min:
      return b < a ? b : a;
    case ScalarOp::neg:
      return -a;
    case ScalarOp::abs:
      return std::fabs(a);
    case ScalarOp::exp:
      return std::exp(a);
    case ScalarOp::log:
      return std::log(a);
    case ScalarOp::sqrt:
      return std::sqrt(a);
    case ScalarOp::sin:
      return std::sin(a);
    case ScalarOp::cos:
      return std::cos(a);
    case ScalarOp::tanh:
      return std::tanh(a);
    case ScalarOp::sigmoid:
      return 1 / (1 + std::exp(-a));
    case ScalarOp::erf:
      return std::erf(a);
    case ScalarOp::pow:
      return std::pow(a, b);
    case ScalarOp::floor:
      return std::floor(a);
    case ScalarOp::round:
      return std::nearbyint(a);
    default:
      assert(false && "not an instruction on real numbers");
      return 0;
  }
}

/// Before wrapping to the type; 64 bits hold every exact result modulo 2^64.
std::uint64_t apply_integer(ScalarOp op, std::int64_t a, std::int64_t b) {
  const auto ua = static_cast<std::uint64_t>(a), ub = static_cast<std::uint64_t>(b);
  switch (op) {
    case ScalarOp::add:
      return ua + ub;
    case ScalarOp::sub:
      return ua - ub;
    case ScalarOp::mul:
      return ua * ub;
    case ScalarOp::div:
      return static_cast<std::uint64_t>(divide(a, b));
    case ScalarOp::rem:
      return static_cast<std::uint64_t>(remainder(a, b));
    case ScalarOp::max:
      return b > a ? ub : ua;
    case ScalarOp::min:
      return b < a ? ub : ua;
    case ScalarOp::neg:
      return -ua;
    case ScalarOp::abs:
      return a < 0 ? -ua : ua;
    case ScalarOp::and_:
      return ua & ub;
    case ScalarOp::or_:
      return ua | ub;
    case ScalarOp::not_:
      return a == 0;
    default:
      assert(false && "not an instruction on integers");
      return 0;
  }
}

/// Philox4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3".
std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                    std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53} * counter[0];
    const std::uint64_t p1 = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {
        static_cast<std::uint32_t>(p1 >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(p1),
        static_cast<std::uint32_t>(p0 >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(p0)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return counter;
}

std::uint32_t low(std::int64_t value) { return static_cast<std::uint32_t>(value); }
std::uint32_t high(std::int64_t value) {
  return static_cast<std::uint32_t>(static_cast<std::uint64_t>(value) >> 32);
}

}  // namespace

std::string_view name(ScalarOp op) { return table[static_cast<std::size_t>(op)].name; }
int arity(ScalarOp op) { return table[static_cast<std::size_t>(op)].arity; }

Number apply(ScalarOp op, DType dtype, Number a, Number b, Number c) {
  if (op == ScalarOp::select) return a.integer != 0 ? b : c;
  if (is_comparison(op)) {
    const bool holds =
        is_float(dtype) ? compare(op, a.real, b.real) : compare(op, a.integer, b.integer);
    return {.integer = holds};
  }
  if (is_float(dtype)) return {.real = round_to(dtype, apply_real(op, a.real, b.real))};
  return {.integer = wrap_to(dtype, apply_integer(op, a.integer, b.integer))};
}

Number convert(Number value, DType from, DType to) {
  if (is_float(from)) {
    if (is_float(to)) return {.real = round_to(to, value.real)};
    return {.integer = truncate_to(to, value.real)};
  }
  // Straight to float: going through double would round twice.
  if (to == DType::f32) return {.real = static_cast<double>(static_cast<float>(value.integer))};
  if (to == DType::f64) return {.real = static_cast<double>(value.integer)};
  return {.integer = wrap_to(to, static_cast<std::uint64_t>(value.integer))};
}

double random_uniform(std::int64_t seed, std::int64_t step, std::int64_t element,
                      std::int64_t site_and_word) {
  const auto words = philox({low(element), high(element), low(step), low(site_and_word >> 2)},
                            {low(seed), high(seed)});
  const std::uint32_t word = words[static_cast<std::size_t>(site_and_word & 3)];
  return static_cast<double>(word >> 8) * 0x1p-24;
}

}  // namespace gradc::ir
