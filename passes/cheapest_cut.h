#pragma once
/// What to read from memory, and what to compute of it.
#include <cstdint>
#include <span>
#include <vector>

namespace gradc::passes {

/// A value that can be had in two ways. Prices are in the unit of kernel_cost.h.
struct Obtainable {
  static constexpr double never = -1;

  double read_price = never;
  double compute_price = never;            ///< beside what its operands cost
  std::vector<std::size_t> operands = {};  ///< numbers of values
};

/// Which values are computed so that all of `needed` are had for the least in total; each value is
/// paid once. The others are read, if something reads them. What is equally cheap is read.
std::vector<bool> cheapest_to_compute(std::span<const Obtainable> values,
                                      std::span<const std::size_t> needed);

}  // namespace gradc::passes
