#pragma once
/// Random numbers that are the same on every machine.
#include <cstdint>

namespace gradc::driver {

/// SplitMix64: the k-th number is mix(key + k * golden). Written out here because the standard
/// distributions differ between libraries.
class Random {
 public:
  Random(std::uint64_t seed, std::uint64_t stream) : state_(mix(mix(seed + golden) + stream)) {}

  /// Uniform in [0, bound), by Lemire's multiplication with rejection.
  std::uint64_t below(std::uint64_t bound) {
    const std::uint64_t rejected = -bound % bound;
    for (;;) {
      const auto product = static_cast<unsigned __int128>(next()) * bound;
      if (static_cast<std::uint64_t>(product) >= rejected)
        return static_cast<std::uint64_t>(product >> 64);
    }
  }

  /// Uniform in [0, 1): as many bits as a double has digits.
  double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }

 private:
  static constexpr std::uint64_t golden = 0x9E3779B97F4A7C15u;

  /// SplitMix64's output function: a bijection that spreads every input bit over all output bits.
  static std::uint64_t mix(std::uint64_t value) {
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9u;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBu;
    return value ^ (value >> 31);
  }
  std::uint64_t next() { return mix(state_ += golden); }

  std::uint64_t state_;
};

}  // namespace gradc::driver
