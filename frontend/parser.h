#pragma once
/// Text → syntax tree.
#include "frontend/ast.h"
#include "ir/diagnostics.h"
#include "ir/location.h"

namespace gradc::frontend {

/// The syntax tree of a model file. It is returned even when there were errors, without what could
/// not be read, so that elaboration can find more of them; whether there were any, `diagnostics`
/// knows.
ast::File parse(const ir::Source& source, ir::Diagnostics& diagnostics);

}  // namespace gradc::frontend
