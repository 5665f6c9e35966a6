#pragma once
/// Compiled gradients against central differences of the compiled loss.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "driver/compiler.h"
#include "driver/data/dataset.h"

namespace gradc::driver {

struct GradientCheckOptions {
  double tolerance =
      1e-6;  ///< of the difference, relative to the larger of both and the largest gradient
  std::int64_t coordinates = 40;  ///< at most so many elements of each parameter, chosen at random
  std::uint64_t seed = 1;
};

/// What was found for one parameter.
struct ParameterCheck {
  std::string step;
  std::string parameter;
  ir::Type type;
  ir::Location location;
  std::int64_t checked = 0;  ///< elements
  double worst_error = 0;    ///< as GradientCheckOptions::tolerance is meant
  std::int64_t worst_element = 0;
  double analytic = 0, numeric = 0;  ///< at the worst element
  double largest = 0;                ///< largest gradient among the checked elements
  bool passed = false;
};

/// Check every parameter that a step of the program trains, worst first. The program should compute
/// in f64: differences of f32 losses say little. Inputs named in `data` take its first examples;
/// the others are drawn at random.
std::optional<std::vector<ParameterCheck>> check_gradients(const ir::Program& program,
                                                           const Dataset& data,
                                                           const CompileOptions& compile,
                                                           const GradientCheckOptions& options,
                                                           ir::Diagnostics& diagnostics);

}  // namespace gradc::driver
