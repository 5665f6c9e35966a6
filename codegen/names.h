#pragma once
/// Names of a model as names of C.
#include <string>
#include <string_view>

namespace gradc::codegen {

/// Small letters, digits and underscores: "Dense.w" becomes "dense_w". Not a keyword of C or C++,
/// and never starts with a digit or an underscore.
std::string c_name(std::string_view name);
/// What other names start with, which may be a keyword by itself: "Xor" becomes "xor", for
/// "xor_init".
std::string c_prefix(std::string_view name);
/// The prefix in capitals, for macros.
std::string macro_prefix(std::string_view name);

}  // namespace gradc::codegen
