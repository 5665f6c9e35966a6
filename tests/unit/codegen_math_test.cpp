#include <fmt/format.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <thread>
#include <vector>

#include "jit_function.h"
#include "kernel_law.h"
#include "ulp.h"

namespace gradc {
namespace {

using ir::DType;
using ir::ScalarOp;

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
long double sigmoid(long double x) { return 1 / (1 + std::exp(-x)); }

/// A function of one number and the errors promised in codegen/math.md, in ulp.
struct Function {
  ScalarOp op;
  double (*reference)(double);
  long double (*precise)(long double);
  double error_f32, error_f64;
};
const Function functions[] = {
    {ScalarOp::exp, std::exp, std::exp, 1, 1},
    {ScalarOp::log, std::log, std::log, 1, 1},
    {ScalarOp::tanh, std::tanh, std::tanh, 1.6, 1.6},
    {ScalarOp::sigmoid, sigmoid, sigmoid, 2, 2},
    {ScalarOp::sin, std::sin, std::sin, 0.6, 1},
    {ScalarOp::cos, std::cos, std::cos, 0.6, 1},
    {ScalarOp::erf, std::erf, std::erf, 1.6, 1.5},
    {ScalarOp::floor, std::floor, std::floor, 0, 0},
    {ScalarOp::round, std::nearbyint, std::nearbyint, 0, 0},
    {ScalarOp::sqrt, std::sqrt, std::sqrt, 0.5, 0.5},
};

template <typename T>
using Values = std::vector<T>;

template <typename T>
JitFunction compile(ScalarOp op, unsigned lanes, const codegen::Target& target = host()) {
  const DType dtype = ir::dtype_of<T>();
  return {{.op = op, .dtype = dtype},
          Values<DType>(static_cast<std::size_t>(arity(op)), dtype),
          lanes,
          target};
}

/// Where functions change their behaviour, and the numbers beside.
template <typename T>
Values<T> special_values() {
  using Limits = std::numeric_limits<T>;
  Values<T> out = {0,
                   1,
                   Limits::infinity(),
                   Limits::quiet_NaN(),
                   Limits::denorm_min(),
                   Limits::min(),
                   Limits::max(),
                   0.5,
                   2,
                   3,
                   10};
  for (const double place :
       {0.34657359, 0.55,   0.9,    1.5,    2.5, 4.0,       6.0,    10.0,   20.0,   87.3, 88.72,
        103.97,     708.39, 709.78, 745.13, 1e6, 8388608.0, 0x1p52, 0x1p53, 0x1p24, 1e22})
    out.push_back(static_cast<T>(place));
  for (int k = 1; k < 2000; ++k) out.push_back(static_cast<T>(k * 1.5707963267948966));
  const std::size_t places = out.size();
  for (std::size_t i = 0; i < places; ++i) {
    T above = out[i], below = out[i];
    for (int step = 0; step < 3; ++step) {
      out.push_back(above = std::nextafter(above, Limits::infinity()));
      out.push_back(below = std::nextafter(below, -Limits::infinity()));
    }
  }
  const std::size_t positive = out.size();
  for (std::size_t i = 0; i < positive; ++i) out.push_back(-out[i]);
  return out;
}

template <typename T>
T random_bits(std::mt19937_64& random) {
  if constexpr (sizeof(T) == 4) return std::bit_cast<T>(static_cast<std::uint32_t>(random()));
  if constexpr (sizeof(T) == 8) return std::bit_cast<T>(static_cast<std::uint64_t>(random()));
}

/// Of any sign and with exponents from `low` to `high`.
template <typename T>
T random_real(std::mt19937_64& random, int low, int high) {
  const auto mantissa = static_cast<double>(static_cast<std::int64_t>(random())) * 0x1p-63;
  const auto range = static_cast<std::uint64_t>(high - low + 1);
  return static_cast<T>(std::ldexp(mantissa, low + 1 + static_cast<int>(random() % range)));
}

/// Specials, then numbers of all sizes, most of them where functions are neither 0 nor infinite.
template <typename T>
Values<T> sample(std::size_t count) {
  Values<T> out = special_values<T>();
  std::mt19937_64 random(1);
  while (out.size() < count) {
    out.push_back(random_bits<T>(random));
    out.push_back(random_real<T>(random, -5, 7));
    out.push_back(random_real<T>(random, -1, 3));
    out.push_back(random_real<T>(random, -30, 30));
  }
  out.resize(count);
  return out;
}

template <typename T>
struct Worst {
  double error = 0;
  T at = 0;

  void see(T argument, double e) {
    if (e > error) *this = {e, argument};
  }
};

template <typename T, typename Exact>
Worst<T> worst(const JitFunction& function, const Values<T>& arguments, Exact (*exact)(Exact)) {
  Values<T> results(arguments.size());
  function({arguments.data()}, results.data(), std::ssize(arguments));
  Worst<T> out;
  for (std::size_t i = 0; i < arguments.size(); ++i)
    out.see(arguments[i], ulps(results[i], exact(Exact{arguments[i]})));
  return out;
}

template <typename T>
void expect_errors_within_bounds(std::size_t count, const codegen::Target& target) {
  const Values<T> arguments = sample<T>(count);
  for (const Function& f : functions) {
    const Worst<T> found = worst(compile<T>(f.op, 64 / sizeof(T), target), arguments, f.precise);
    EXPECT_LE(found.error, sizeof(T) == 4 ? f.error_f32 : f.error_f64)
        << name(f.op) << "(" << fmt::format("{:a}", found.at) << ") on " << target.cpu;
  }
}

TEST(Math, ErrorsAreWithinTheirBounds) {
  expect_errors_within_bounds<float>(1 << 19, host());
  expect_errors_within_bounds<double>(1 << 18, host());
}

TEST(Math, ErrorsAreWithinTheirBoundsOnOlderMachines) {
  for (const codegen::Target& target : targets()) {
    expect_errors_within_bounds<float>(1 << 16, target);
    expect_errors_within_bounds<double>(1 << 16, target);
  }
}

// ---- Powers -------------------------------------------------------------------------------

template <typename T>
struct Pairs {
  Values<T> bases, exponents;
  void add(T base, T exponent) {
    bases.push_back(base);
    exponents.push_back(exponent);
  }
};

template <typename T>
Pairs<T> sample_pairs() {
  using Limits = std::numeric_limits<T>;
  Pairs<T> out;
  Values<T> specials = {0,
                        1,
                        2,
                        3,
                        0.5,
                        0.25,
                        1.5,
                        10,
                        Limits::infinity(),
                        Limits::quiet_NaN(),
                        100,
                        127,
                        53,
                        0.75,
                        1e30F,
                        Limits::max(),
                        Limits::min(),
                        Limits::denorm_min(),
                        Limits::epsilon(),
                        1 + Limits::epsilon(),
                        1 - Limits::epsilon() / 2,
                        1 / Limits::epsilon(),
                        2 / Limits::epsilon() + 2,
                        1 / Limits::epsilon() - 1};
  for (const T x : Values<T>(specials)) specials.push_back(-x);
  for (const T x : specials)
    for (const T y : specials) out.add(x, y);
  std::mt19937_64 random(2);
  while (out.bases.size() < 1 << 17) {
    out.add(random_bits<T>(random), random_bits<T>(random));
    out.add(std::fabs(random_real<T>(random, -20, 20)), random_real<T>(random, -5, 5));
    out.add(1 + random_real<T>(random, -20, -2), random_real<T>(random, 0, 15));
    out.add(random_real<T>(random, -3, 3), std::round(random_real<T>(random, 0, 6)));
    out.add(std::round(random_real<T>(random, 0, 6)), std::round(random_real<T>(random, 0, 4)));
    out.add(std::fabs(random_bits<T>(random)), random_real<T>(random, -10, 0));
  }
  out.bases.resize(1 << 17);
  out.exponents.resize(1 << 17);
  return out;
}

template <typename T, typename Exact>
void expect_powers_within(double bound, const codegen::Target& target) {
  const Pairs<T> pairs = sample_pairs<T>();
  Values<T> results(pairs.bases.size());
  compile<T>(ScalarOp::pow, 8, target)({pairs.bases.data(), pairs.exponents.data()}, results.data(),
                                       std::ssize(results));
  double largest = 0;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const T x = pairs.bases[i], y = pairs.exponents[i];
    const double error = ulps(results[i], std::pow(Exact{x}, Exact{y}));
    largest = std::max(largest, error);
    ASSERT_LE(error, bound) << fmt::format("pow({:a}, {:a}) = {:a} on {}", x, y, results[i],
                                           target.cpu);
  }
  testing::Test::RecordProperty(fmt::format("{}_{}", sizeof(T), target.cpu),
                                std::to_string(largest));
}

TEST(Math, PowersAreWithinTheirBounds) {
  for (const codegen::Target& target : targets()) {
    expect_powers_within<float, double>(0.6, target);
    expect_powers_within<double, long double>(1, target);
  }
}

TEST(Math, RepresentablePowersAreExact) {
  Pairs<double> pairs;
  for (int base = -40; base <= 40; ++base)
    for (int exponent = 0; exponent <= 9; ++exponent) pairs.add(base, exponent);
  pairs.add(0x1.23456789abcdep-300, 1);
  pairs.add(-0x1.fffffffffffffp1023, 1);
  pairs.add(2, -1074);
  pairs.add(4, 0.5);
  pairs.add(1e-20, 1);
  pairs.add(7, 1);
  Values<double> results(pairs.bases.size());
  compile<double>(ScalarOp::pow, 8)({pairs.bases.data(), pairs.exponents.data()}, results.data(),
                                    std::ssize(results) / 8 * 8);
  for (std::size_t i = 0; i < results.size() / 8 * 8; ++i)
    EXPECT_EQ(results[i], std::pow(pairs.bases[i], pairs.exponents[i]))
        << pairs.bases[i] << "^" << pairs.exponents[i];
}

// ---- Lanes --------------------------------------------------------------------------------

template <typename T>
void expect_same_bits_in_all_lanes() {
  const Values<T> arguments = sample<T>(1 << 15);
  for (const Function& f : functions) {
    Values<T> expected(arguments.size()), results(arguments.size());
    compile<T>(f.op, 1)({arguments.data()}, expected.data(), std::ssize(arguments));
    for (const unsigned lanes : {2U, 4U, 8U, 16U, 32U}) {
      compile<T>(f.op, lanes)({arguments.data()}, results.data(), std::ssize(arguments));
      EXPECT_EQ(std::memcmp(results.data(), expected.data(), results.size() * sizeof(T)), 0)
          << name(f.op) << " in " << lanes << " lanes";
    }
  }
}

TEST(Math, BitsDoNotDependOnTheNumberOfLanes) {
  expect_same_bits_in_all_lanes<float>();
  expect_same_bits_in_all_lanes<double>();
}

// ---- The figures of codegen/math.md; takes minutes ----------------------------------------

/// One of `parts` equal parts of all bit patterns.
Worst<float> worst_of_part(const JitFunction& function, double (*exact)(double), std::uint64_t part,
                           std::uint64_t parts) {
  constexpr std::uint64_t all = std::uint64_t{1} << 32, block = 1 << 12;
  Worst<float> out;
  Values<float> arguments(block);
  for (std::uint64_t first = part * block; first < all; first += parts * block) {
    for (std::uint64_t i = 0; i < block; ++i)
      arguments[i] = std::bit_cast<float>(static_cast<std::uint32_t>(first + i));
    const Worst<float> found = worst(function, arguments, exact);
    out.see(found.at, found.error);
  }
  return out;
}

Worst<float> worst_of_all(const JitFunction& function, double (*exact)(double)) {
  std::vector<Worst<float>> parts(std::max(1U, std::thread::hardware_concurrency()));
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < parts.size(); ++i)
    threads.emplace_back([&, i] { parts[i] = worst_of_part(function, exact, i, parts.size()); });
  for (std::thread& thread : threads) thread.join();
  Worst<float> out;
  for (const Worst<float>& part : parts) out.see(part.at, part.error);
  return out;
}

template <typename T>
void print(ScalarOp op, const codegen::Target& target, const Worst<T>& worst) {
  fmt::print("| {} | {} | {} | {:.3f} | {:a} |\n", name(op), name(ir::dtype_of<T>()), target.cpu,
             worst.error, worst.at);
  std::fflush(stdout);
}

TEST(Math, DISABLED_EveryFloat) {
  for (const codegen::Target& target : {targets().front(), targets().back()})
    for (const Function& f : functions) {
      const Worst<float> found = worst_of_all(compile<float>(f.op, 16, target), f.reference);
      print(f.op, target, found);
      EXPECT_LE(found.error, f.error_f32);
    }
}

TEST(Math, DISABLED_ManyDoubles) {
  const Values<double> arguments = sample<double>(1 << 23);
  for (const codegen::Target& target : {targets().front(), targets().back()})
    for (const Function& f : functions) {
      const Worst<double> found = worst(compile<double>(f.op, 8, target), arguments, f.precise);
      print(f.op, target, found);
      EXPECT_LE(found.error, f.error_f64);
    }
}

}  // namespace
}  // namespace gradc
