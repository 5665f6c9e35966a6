#pragma once
/// What codegen/scalar.h emits for one instruction, as a function on arrays, for any number of
/// lanes.
#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Target/TargetMachine.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "codegen/optimize.h"
#include "codegen/scalar.h"
#include "codegen/target.h"

namespace gradc {

/// A function of elements, to be written into a loop over arrays.
struct LaneFunction {
  std::vector<ir::DType> arguments;
  ir::DType result;
  std::function<llvm::Value*(llvm::IRBuilderBase&, const codegen::Machine&,
                             std::span<llvm::Value* const> arguments)>
      emit;
};

/// An instruction in as many lanes.
inline LaneFunction lane_function(const ir::Instruction& instruction,
                                  const std::vector<ir::DType>& arguments, unsigned lanes) {
  const auto emit = [=](llvm::IRBuilderBase& builder, const codegen::Machine& machine,
                        std::span<llvm::Value* const> values) {
    return codegen::emit_scalar(builder, machine, instruction, arguments, values, lanes);
  };
  return {arguments, instruction.dtype, emit};
}

/// void run(const void* const* arguments, void* results, i64 count)
inline void write_loop(llvm::Module& module, const LaneFunction& lane, unsigned lanes,
                       const codegen::Target& target, const codegen::Machine& machine) {
  llvm::LLVMContext& context = module.getContext();
  llvm::IRBuilder<> builder(context);
  llvm::Type* pointer = builder.getPtrTy();
  auto* type =
      llvm::FunctionType::get(builder.getVoidTy(), {pointer, pointer, builder.getInt64Ty()}, false);
  auto* function = llvm::Function::Create(type, llvm::Function::ExternalLinkage, "run", module);
  codegen::add_target_attributes(*function, target);
  auto* entry = llvm::BasicBlock::Create(context, "", function);
  auto* loop = llvm::BasicBlock::Create(context, "loop", function);
  auto* done = llvm::BasicBlock::Create(context, "done", function);

  builder.SetInsertPoint(entry);
  std::vector<llvm::Value*> arrays;
  for (std::size_t i = 0; i < lane.arguments.size(); ++i)
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
    const ir::DType dtype = lane.arguments[i];
    llvm::Value* loaded = builder.CreateAlignedLoad(codegen::memory_type(context, dtype, lanes),
                                                    place(arrays[i], dtype), llvm::Align(1));
    arguments.push_back(codegen::to_register(builder, dtype, loaded));
  }
  llvm::Value* result = lane.emit(builder, machine, arguments);
  builder.CreateAlignedStore(codegen::to_memory(builder, lane.result, result),
                             place(function->getArg(1), lane.result), llvm::Align(1));
  llvm::Value* next = builder.CreateAdd(index, builder.getInt64(lanes));
  index->addIncoming(next, builder.GetInsertBlock());
  builder.CreateCondBr(builder.CreateICmpSLT(next, function->getArg(2)), loop, done);

  builder.SetInsertPoint(done);
  builder.CreateRetVoid();
}

inline std::string object_code(const LaneFunction& lane, unsigned lanes,
                               const codegen::Target& target) {
  const auto machine = codegen::make_target_machine(target, codegen::OptLevel::normal);
  llvm::LLVMContext context;
  llvm::Module module("test", context);
  module.setTargetTriple(target.triple);
  module.setDataLayout(machine->createDataLayout());
  write_loop(module, lane, lanes, target, codegen::machine_of(*machine));
  codegen::optimize(module, *machine, codegen::OptLevel::normal);
  return codegen::machine_code(module, *machine, codegen::FileKind::object);
}

class JitFunction {
 public:
  JitFunction(const LaneFunction& lane, unsigned lanes,
              const codegen::Target& target = codegen::host_target()) {
    // No symbols of the process: code that asks for one does not link.
    jit_ = check(llvm::orc::LLJITBuilder()
                     .setLinkProcessSymbolsByDefault(false)
                     .setPlatformSetUp(llvm::orc::setUpInactivePlatform)
                     .create());
    auto object = llvm::MemoryBuffer::getMemBufferCopy(object_code(lane, lanes, target), "test");
    if (auto error = jit_->addObjectFile(std::move(object)))
      throw std::runtime_error(llvm::toString(std::move(error)));
    function_ = check(jit_->lookup("run")).toPtr<Function>();
  }
  JitFunction(const ir::Instruction& instruction, const std::vector<ir::DType>& arguments,
              unsigned lanes, const codegen::Target& target = codegen::host_target())
      : JitFunction(lane_function(instruction, arguments, lanes), lanes, target) {}

  /// Results of `count` elements, a multiple of the lanes; arrays are as tensors store them.
  void operator()(std::vector<const void*> arguments, void* results, std::int64_t count) const {
    function_(arguments.data(), results, count);
  }

 private:
  using Function = void (*)(const void* const* arguments, void* results, std::int64_t count);

  template <typename T>
  static T check(llvm::Expected<T> result) {
    if (!result) throw std::runtime_error(llvm::toString(result.takeError()));
    return std::move(*result);
  }

  std::unique_ptr<llvm::orc::LLJIT> jit_;
  Function function_ = nullptr;
};

}  // namespace gradc
