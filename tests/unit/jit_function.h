#pragma once
/// One scalar instruction as a function on arrays, compiled for any number of lanes.
#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Target/TargetMachine.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <vector>

#include "codegen/optimize.h"
#include "codegen/scalar.h"
#include "codegen/target.h"

namespace gradc {

class JitFunction {
 public:
  JitFunction(const ir::Instruction& instruction, std::vector<ir::DType> argument_types,
              unsigned lanes, const codegen::Target& target = codegen::host_target())
      : instruction_(instruction), argument_types_(std::move(argument_types)), lanes_(lanes) {
    const auto machine = codegen::make_target_machine(target, codegen::OptLevel::normal);
    llvm::LLVMContext context;
    llvm::Module module("test", context);
    module.setTargetTriple(target.triple);
    module.setDataLayout(machine->createDataLayout());
    write(module, target, codegen::machine_of(*machine));
    codegen::optimize(module, *machine, codegen::OptLevel::normal);
    link(codegen::machine_code(module, *machine, codegen::FileKind::object));
  }

  /// Results of `count` elements, a multiple of the lanes; arrays are as tensors store them.
  void operator()(std::vector<const void*> arguments, void* results, std::int64_t count) const {
    function_(arguments.data(), results, count);
  }

 private:
  using Function = void (*)(const void* const* arguments, void* results, std::int64_t count);

  void write(llvm::Module& module, const codegen::Target& target,
             const codegen::Machine& machine) const {
    llvm::LLVMContext& context = module.getContext();
    llvm::IRBuilder<> builder(context);
    llvm::Type* pointer = builder.getPtrTy();
    auto* type = llvm::FunctionType::get(builder.getVoidTy(),
                                         {pointer, pointer, builder.getInt64Ty()}, false);
    auto* function = llvm::Function::Create(type, llvm::Function::ExternalLinkage, "run", module);
    codegen::add_target_attributes(*function, target);
    auto* entry = llvm::BasicBlock::Create(context, "", function);
    auto* loop = llvm::BasicBlock::Create(context, "loop", function);
    auto* done = llvm::BasicBlock::Create(context, "done", function);

    builder.SetInsertPoint(entry);
    std::vector<llvm::Value*> arrays;
    for (std::size_t i = 0; i < argument_types_.size(); ++i)
      arrays.push_back(
          builder.CreateLoad(pointer, builder.CreateConstGEP1_64(pointer, function->getArg(0), i)));
    builder.CreateBr(loop);

    builder.SetInsertPoint(loop);
    llvm::PHINode* index = builder.CreatePHI(builder.getInt64Ty(), 2);
    index->addIncoming(builder.getInt64(0), entry);
    const auto place = [&](llvm::Value* array, ir::DType dtype) {
      return builder.CreateGEP(codegen::memory_type(context, dtype, 1), array, index);
    };
    std::vector<llvm::Value*> arguments;
    for (std::size_t i = 0; i < arrays.size(); ++i) {
      const ir::DType dtype = argument_types_[i];
      llvm::Value* loaded = builder.CreateAlignedLoad(codegen::memory_type(context, dtype, lanes_),
                                                      place(arrays[i], dtype), llvm::Align(1));
      arguments.push_back(codegen::to_register(builder, dtype, loaded));
    }
    llvm::Value* result =
        codegen::emit_scalar(builder, machine, instruction_, argument_types_, arguments, lanes_);
    builder.CreateAlignedStore(codegen::to_memory(builder, instruction_.dtype, result),
                               place(function->getArg(1), instruction_.dtype), llvm::Align(1));
    llvm::Value* next = builder.CreateAdd(index, builder.getInt64(lanes_));
    index->addIncoming(next, builder.GetInsertBlock());
    builder.CreateCondBr(builder.CreateICmpSLT(next, function->getArg(2)), loop, done);

    builder.SetInsertPoint(done);
    builder.CreateRetVoid();
  }

  /// No symbols of the process: code that asks for one does not link.
  void link(const std::string& object) {
    jit_ = check(llvm::orc::LLJITBuilder()
                     .setLinkProcessSymbolsByDefault(false)
                     .setPlatformSetUp(llvm::orc::setUpInactivePlatform)
                     .create());
    if (auto error = jit_->addObjectFile(llvm::MemoryBuffer::getMemBufferCopy(object, "test")))
      throw std::runtime_error(llvm::toString(std::move(error)));
    function_ = check(jit_->lookup("run")).toPtr<Function>();
  }

  template <typename T>
  static T check(llvm::Expected<T> result) {
    if (!result) throw std::runtime_error(llvm::toString(result.takeError()));
    return std::move(*result);
  }

  ir::Instruction instruction_;
  std::vector<ir::DType> argument_types_;
  unsigned lanes_;
  std::unique_ptr<llvm::orc::LLJIT> jit_;
  Function function_ = nullptr;
};

}  // namespace gradc
