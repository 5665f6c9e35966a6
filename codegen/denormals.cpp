#include "codegen/denormals.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/IntrinsicsAArch64.h>
#include <llvm/IR/IntrinsicsX86.h>
#include <llvm/IR/Module.h>
#include <llvm/TargetParser/Triple.h>

namespace gradc::codegen {

namespace {

constexpr std::uint32_t x86_flush_and_zero = 0x8040;  // MXCSR: FTZ (results) and DAZ (arguments)
constexpr std::uint64_t arm_flush = std::uint64_t{1} << 24;  // FPCR: FZ

llvm::Triple triple_of(llvm::IRBuilderBase& builder) {
  return llvm::Triple(builder.GetInsertBlock()->getModule()->getTargetTriple());
}

void load_mxcsr(llvm::IRBuilderBase& builder, llvm::Value* where) {
  builder.CreateIntrinsic(llvm::Intrinsic::x86_sse_ldmxcsr, {}, {where});
}

}  // namespace

llvm::Value* flush_denormals(llvm::IRBuilderBase& builder) {
  const llvm::Triple triple = triple_of(builder);
  if (triple.isAArch64()) {
    llvm::Value* saved = builder.CreateIntrinsic(llvm::Intrinsic::aarch64_get_fpcr, {}, {});
    builder.CreateIntrinsic(llvm::Intrinsic::aarch64_set_fpcr, {},
                            {builder.CreateOr(saved, arm_flush)});
    return saved;
  }
  if (!triple.isX86() || !triple.isArch64Bit()) return nullptr;  // the 64-bit machines all have SSE
  llvm::Value* saved = builder.CreateAlloca(builder.getInt32Ty());
  llvm::Value* changed = builder.CreateAlloca(builder.getInt32Ty());
  builder.CreateIntrinsic(llvm::Intrinsic::x86_sse_stmxcsr, {}, {saved});
  llvm::Value* control = builder.CreateLoad(builder.getInt32Ty(), saved);
  builder.CreateStore(builder.CreateOr(control, x86_flush_and_zero), changed);
  load_mxcsr(builder, changed);
  return saved;
}

void restore_denormals(llvm::IRBuilderBase& builder, llvm::Value* saved) {
  if (!saved) return;
  if (triple_of(builder).isAArch64())
    builder.CreateIntrinsic(llvm::Intrinsic::aarch64_set_fpcr, {}, {saved});
  else
    load_mxcsr(builder, saved);
}

}  // namespace gradc::codegen
