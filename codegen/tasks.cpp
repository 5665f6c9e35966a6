#include "codegen/tasks.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>

#include <algorithm>
#include <functional>

#include "codegen/body.h"
#include "codegen/flow.h"
#include "codegen/loops.h"
#include "codegen/walk.h"

namespace gradc::codegen {

namespace {

// Waking other threads takes some microseconds; below that a kernel runs where it is.
constexpr double cycles_worth_sharing = 60000;
constexpr double cycles_per_grain = 15000;

std::int64_t choose_grain(std::int64_t pieces, double cycles) {
  if (pieces < 2 || cycles < cycles_worth_sharing) return 0;
  const double each = cycles / static_cast<double>(pieces);
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(cycles_per_grain / each), 1, pieces);
}

/// A task under construction: its buffers are loaded, its pieces are i64.
struct TaskBuilder {
  TaskBuilder(llvm::Module& module, const Target& target, const ir::Kernel& kernel,
              const std::string& name)
      : builder(module.getContext()) {
    llvm::Type* pointer = builder.getPtrTy();
    llvm::Type* number = long_type(module);
    function = llvm::Function::Create(
        llvm::FunctionType::get(builder.getVoidTy(), {pointer, number, number}, false),
        llvm::Function::InternalLinkage, name, module);
    add_target_attributes(*function, target);
    builder.SetInsertPoint(llvm::BasicBlock::Create(module.getContext(), "entry", function));

    const auto buffer = [&](std::size_t i) {
      return builder.CreateLoad(
          pointer, builder.CreateConstInBoundsGEP1_64(pointer, function->getArg(0), i));
    };
    for (std::size_t i = 0; i < kernel.operands.size(); ++i) operands.push_back(buffer(i));
    for (std::size_t i = 0; i < kernel.outputs.size(); ++i)
      outputs.push_back(buffer(kernel.operands.size() + i));
    scratch = buffer(kernel.operands.size() + kernel.outputs.size());
    begin = builder.CreateSExt(function->getArg(1), builder.getInt64Ty());
    end = builder.CreateSExt(function->getArg(2), builder.getInt64Ty());
  }

  llvm::IRBuilder<> builder;
  llvm::Function* function;
  std::vector<llvm::Value*> operands, outputs;
  llvm::Value* scratch;
  llvm::Value* begin;
  llvm::Value* end;
};

/// What a scatter adds to must be zero first.
void clear_accumulated(TaskBuilder& task, const ir::Kernel& kernel) {
  for (std::size_t i = 0; i < kernel.outputs.size(); ++i)
    if (kernel.outputs[i].accumulate)
      task.builder.CreateMemSet(
          task.outputs[i], task.builder.getInt8(0),
          static_cast<std::uint64_t>(kernel.outputs[i].type.bytes()),
          llvm::Align(static_cast<std::uint64_t>(byte_size(kernel.outputs[i].type.dtype))));
}

Task emit_loop_task(llvm::Module& module, const Target& target, const Machine& machine,
                    const ir::Kernel& kernel, const Nest& nest, const std::string& name) {
  const Walk walk = choose_walk(nest, target);
  TaskBuilder task(module, target, kernel, name);
  clear_accumulated(task, kernel);
  Body body(task.builder, machine, target, nest, walk.vector_loop, task.operands, task.outputs);
  emit_loops(body, walk, task.begin, task.end);
  task.builder.CreateRetVoid();
  return {task.function, walk.pieces, choose_grain(walk.pieces, walk.cycles)};
}

}  // namespace

KernelCode emit_tasks(llvm::Module& module, const Target& target, const Machine& machine,
                      const ir::Kernel& kernel, const std::string& name) {
  const Nest nest = nest_of(kernel);
  return {{emit_loop_task(module, target, machine, kernel, nest, name)}};
}

std::int64_t scratch_bytes(const ir::Kernel&, const Target&) { return 0; }

llvm::Type* long_type(const llvm::Module& module) {
  return module.getDataLayout().getIntPtrType(module.getContext());
}

}  // namespace gradc::codegen
