#pragma once
/// From LLVM IR to better LLVM IR, and to machine code.
#include <string>

#include "codegen/target.h"

namespace llvm {
class Module;
class TargetMachine;
}  // namespace llvm

namespace gradc::codegen {

/// We emit vectors and SSA form ourselves, so few of LLVM's passes have work left: folding, common
/// subexpressions, moving invariants out of loops.
void optimize(llvm::Module& module, llvm::TargetMachine& machine, OptLevel level);

enum class FileKind { assembly, object };
/// The text or the bytes of such a file; empty if the machine cannot make it.
std::string machine_code(llvm::Module& module, llvm::TargetMachine& machine, FileKind kind);

}  // namespace gradc::codegen
