#pragma once
/// The reference of the standard library, made from its text.
#include <string>

namespace gradc::frontend {

/// Every function, layer and optimizer of the library: its signature as it is written, and its doc
/// comment.
std::string library_reference();

}  // namespace gradc::frontend
