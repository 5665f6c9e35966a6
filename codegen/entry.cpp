#include "codegen/entry.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>

#include <algorithm>
#include <array>

#include "codegen/denormals.h"
#include "codegen/flow.h"

namespace gradc::codegen {

namespace {

/// The members of gradc_frame.
enum Member : unsigned { parameters, optimizer, state, arena, inputs, outputs, parallel, pool };
constexpr unsigned member_count = 8;

class EntryBuilder {
 public:
  EntryBuilder(llvm::Module& module, const Target& target, const EntryCode& entry)
      : module_(module), target_(target), entry_(entry), builder_(module.getContext()) {
    function_ =
        llvm::Function::Create(llvm::FunctionType::get(builder_.getVoidTy(), {pointer()}, false),
                               llvm::Function::ExternalLinkage, entry.symbol, module);
    add_target_attributes(*function_, target);
    builder_.SetInsertPoint(llvm::BasicBlock::Create(module.getContext(), "entry", function_));
  }

  llvm::Function* build() {
    llvm::Value* saved = entry_.keep_denormals ? nullptr : flush_denormals(builder_);
    for (unsigned member = 0; member < member_count; ++member)
      frame_[member] = load(function_->getArg(0), member);
    std::size_t most = 1;
    for (const KernelCall& call : entry_.calls) most = std::max(most, call.buffers.size());
    buffers_ = builder_.CreateAlloca(pointer(), number(builder_, static_cast<std::int64_t>(most)));

    for (const KernelCall& call : entry_.calls) emit(call);
    for (const passes::Copy& copy : entry_.copies) emit(copy);
    restore_denormals(builder_, saved);
    builder_.CreateRetVoid();
    return function_;
  }

 private:
  llvm::Type* pointer() { return builder_.getPtrTy(); }

  /// Element `index` of an array of pointers.
  llvm::Value* load(llvm::Value* array, std::uint64_t index) {
    return builder_.CreateLoad(pointer(),
                               builder_.CreateConstInBoundsGEP1_64(pointer(), array, index));
  }

  llvm::Value* address(const passes::Place& place) {
    using passes::Region;
    const auto offset = static_cast<std::uint64_t>(place.offset);
    if (place.region == Region::input) return load(frame_[inputs], offset);
    if (place.region == Region::output) return load(frame_[outputs], offset);
    static constexpr std::array members = {parameters, optimizer, state, arena};
    llvm::Value* base = frame_[members[static_cast<std::size_t>(place.region)]];
    return builder_.CreateConstInBoundsGEP1_64(builder_.getInt8Ty(), base, offset);
  }

  llvm::Value* address(const Buffer& buffer) {
    return buffer.constant ? buffer.constant : address(buffer.place);
  }

  void emit(const KernelCall& call) {
    for (std::size_t i = 0; i < call.buffers.size(); ++i)
      builder_.CreateStore(address(call.buffers[i]),
                           builder_.CreateConstInBoundsGEP1_64(pointer(), buffers_, i));
    for (const Task& task : call.tasks) emit(task);
  }

  void emit(const Task& task) {
    llvm::Type* number = long_type(module_);
    const auto constant = [&](std::int64_t value) {
      return llvm::ConstantInt::get(number, static_cast<std::uint64_t>(value));
    };
    const auto run_here = [&] {
      builder_.CreateCall(task.function, {buffers_, constant(0), constant(task.pieces)});
      return Carried();
    };
    if (task.grain == 0) {
      run_here();
      return;
    }
    const auto share = [&] {
      auto* type = llvm::FunctionType::get(
          builder_.getVoidTy(), {pointer(), pointer(), pointer(), number, number}, false);
      builder_.CreateCall(type, frame_[parallel],
                          {frame_[pool], on_other_threads(task.function), buffers_,
                           constant(task.pieces), constant(task.grain)});
      return Carried();
    };
    if_else(builder_, builder_.CreateIsNotNull(frame_[parallel]), share, run_here);
  }

  /// The task as threads call it, whose treatment of denormals is not ours to assume.
  llvm::Function* on_other_threads(llvm::Function* task) {
    if (entry_.keep_denormals) return task;
    const std::string name = (task->getName() + ".shared").str();
    if (llvm::Function* known = module_.getFunction(name)) return known;
    auto* function = llvm::Function::Create(task->getFunctionType(),
                                            llvm::Function::InternalLinkage, name, module_);
    add_target_attributes(*function, target_);
    llvm::IRBuilder<> builder(llvm::BasicBlock::Create(module_.getContext(), "entry", function));
    llvm::Value* saved = flush_denormals(builder);
    builder.CreateCall(task, {function->getArg(0), function->getArg(1), function->getArg(2)});
    restore_denormals(builder, saved);
    builder.CreateRetVoid();
    return function;
  }

  void emit(const passes::Copy& copy) {
    const llvm::Align alignment(1);  // the caller's memory has no better one
    builder_.CreateMemCpy(address(copy.to), alignment, address(copy.from), alignment,
                          static_cast<std::uint64_t>(copy.bytes));
  }

  llvm::Module& module_;
  const Target& target_;
  const EntryCode& entry_;
  llvm::IRBuilder<> builder_;
  llvm::Function* function_;
  std::array<llvm::Value*, member_count> frame_ = {};
  llvm::Value* buffers_ = nullptr;
};

}  // namespace

llvm::Function* emit_entry(llvm::Module& module, const Target& target, const EntryCode& entry) {
  return EntryBuilder(module, target, entry).build();
}

}  // namespace gradc::codegen
