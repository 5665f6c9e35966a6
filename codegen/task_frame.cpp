#include "codegen/task_frame.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>

#include "codegen/flow.h"

namespace gradc::codegen {

TaskFrame open_task(llvm::IRBuilderBase& builder, llvm::Module& module, const Target& target,
                    const ir::Kernel& kernel, const std::string& name) {
  llvm::Type* pointer = builder.getPtrTy();
  llvm::Type* number = long_type(module);
  auto* type = llvm::FunctionType::get(builder.getVoidTy(), {pointer, number, number}, false);
  TaskFrame out{llvm::Function::Create(type, llvm::Function::InternalLinkage, name, module)};
  add_target_attributes(*out.function, target);
  builder.SetInsertPoint(llvm::BasicBlock::Create(module.getContext(), "entry", out.function));

  std::size_t loaded = 0;
  const auto next_buffer = [&] {
    llvm::Value* buffers = out.function->getArg(0);
    return builder.CreateLoad(pointer,
                              builder.CreateConstInBoundsGEP1_64(pointer, buffers, loaded++));
  };
  while (out.operands.size() < kernel.operands.size()) out.operands.push_back(next_buffer());
  while (out.outputs.size() < kernel.outputs.size()) out.outputs.push_back(next_buffer());
  out.scratch = next_buffer();
  out.begin = builder.CreateSExt(out.function->getArg(1), builder.getInt64Ty());
  out.end = builder.CreateSExt(out.function->getArg(2), builder.getInt64Ty());
  return out;
}

llvm::Value* on_stack(llvm::IRBuilderBase& builder, ir::DType dtype, std::int64_t count) {
  llvm::BasicBlock& entry = builder.GetInsertBlock()->getParent()->getEntryBlock();
  const llvm::IRBuilderBase::InsertPointGuard guard(builder);
  builder.SetInsertPoint(&entry, entry.begin());
  llvm::AllocaInst* out =
      builder.CreateAlloca(memory_type(builder.getContext(), dtype, 1), number(builder, count));
  out->setAlignment(llvm::Align(64));
  return out;
}

}  // namespace gradc::codegen
