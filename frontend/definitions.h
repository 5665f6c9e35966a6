#pragma once
/// Layers and optimizers are checked where they are defined, whether a model uses them or not.
#include <set>

#include "frontend/ast.h"
#include "frontend/elaborate.h"
#include "frontend/files.h"
#include "frontend/library.h"
#include "ir/diagnostics.h"

namespace gradc::frontend {

/// Tries out every layer and optimizer of the files with stand-ins for what its users choose, and
/// reports what is wrong with it whatever they choose. Gives the names of those that are wrong.
std::set<const ast::Name*> check_definitions(const Library&, const ModelFiles&, const Options&,
                                             ir::Diagnostics&);

}  // namespace gradc::frontend
