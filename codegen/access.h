#pragma once
/// Reading and writing elements through an address: contiguous vectors, broadcasts, gathers, and
/// accesses that may lie outside and give 0 then.
#include "codegen/body.h"

namespace gradc::codegen {

/// The element, or the scope's lanes of elements if the address moves along the vector loop.
llvm::Value* emit_load(Body& body, Scope& scope, const Address& address);

/// Write `value` where it belongs, or add it to what is there.
void emit_store(Body& body, Scope& scope, const NestOutput& output, llvm::Value* value);

}  // namespace gradc::codegen
