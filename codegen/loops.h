#pragma once
/// The loops of a map or a reduction.
#include "codegen/body.h"
#include "codegen/walk.h"

namespace gradc::codegen {

/// Emit the pieces [begin, end) (i64) of the nest at the builder of `body`, whose vector loop is
/// the walk's.
void emit_loops(Body& body, const Walk& walk, llvm::Value* begin, llvm::Value* end);

}  // namespace gradc::codegen
