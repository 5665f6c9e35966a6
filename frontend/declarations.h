#pragma once
/// What files declare: functions, layers, optimizers, dims, and what they import.
#include <vector>

#include "frontend/elaboration.h"
#include "frontend/files.h"
#include "frontend/library.h"

namespace gradc::frontend {

/// What all files of the library declare.
const Scope& library_scope(Elaboration&, const Library&);

/// What each file declares and imports, in the order of the files: the model's own is the last.
/// Dims have the values that the entry at hand gives them.
std::vector<const Scope*> file_scopes(Elaboration&, const ModelFiles&, const Scope& library);

}  // namespace gradc::frontend
