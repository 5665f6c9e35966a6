#pragma once
/// Denormal numbers are what a vanishing gradient becomes, and slow on most machines: while
/// compiled code runs they count as zero, if the machine can do that.
namespace llvm {
class IRBuilderBase;
class Value;
}  // namespace llvm

namespace gradc::codegen {

/// From here on denormals are zero. What to hand to restore_denormals; null if the machine has no
/// such mode.
llvm::Value* flush_denormals(llvm::IRBuilderBase& builder);
void restore_denormals(llvm::IRBuilderBase& builder, llvm::Value* saved);

}  // namespace gradc::codegen
