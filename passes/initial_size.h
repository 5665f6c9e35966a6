#pragma once
/// How large a parameter is before anything has been trained, told from its initialiser.
#include <optional>
#include <string>

#include "ir/program.h"

namespace gradc::passes {

/// The root of the mean square of the parameter's elements. Nothing if they do not scatter around
/// zero, or if the initialiser is not made of random numbers element by element.
std::optional<double> initial_size(const ir::Program& program, const std::string& slot);

}  // namespace gradc::passes
