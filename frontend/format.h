#pragma once
/// The layout of a text: how it is indented and spaced.
#include <string>

#include "ir/location.h"

namespace gradc::frontend {

/// The text as it should be laid out; it must parse. Statements and line breaks stay where they
/// are, except that a block over several lines has its braces at the ends of lines. Comments are
/// kept. Formatting what has been formatted changes nothing.
std::string format(const ir::Source& source);

}  // namespace gradc::frontend
