#pragma once
/// What files declare: functions, layers, optimizers, dims, and what they import.
#include "frontend/ast.h"
#include "frontend/elaboration.h"
#include "frontend/files.h"

namespace gradc::frontend {

/// The functions, layers and optimizers of a file.
void declare_file(Elaboration&, Scope&, const ast::File&);

/// The scope of the model's own file. What it imports is declared too, each file in a scope of its
/// own; dims have the values that the entry at hand gives them.
const Scope& file_scope(Elaboration&, const ModelFiles&, const Scope& library);

}  // namespace gradc::frontend
