#pragma once
/// The C header of an emitted object.
#include <string>

#include "codegen/lower.h"

namespace gradc::codegen {

/// C89 that is also C++: sizes as macros, the memory a model needs, one function per entry, and
/// where each parameter lies.
std::string c_header(const passes::Plan& plan, const Target& target, const Options& options);

}  // namespace gradc::codegen
