#pragma once
/// A plan as a file: LLVM IR, assembly, or an object to link.
#include <optional>
#include <string>

#include "codegen/lower.h"

namespace gradc::codegen {

enum class OutputKind { llvm_ir, assembly, object };

/// The text or the bytes of the file; nothing and a reason if the target cannot make it.
std::optional<std::string> emit(const passes::Plan& plan, const Target& target,
                                const Options& options, OutputKind kind, std::string& error);

}  // namespace gradc::codegen
