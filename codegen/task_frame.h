#pragma once
/// A task function under construction.
#include <vector>

#include "codegen/tasks.h"

namespace gradc::codegen {

/// What a task starts with: its buffers, loaded, and its pieces.
struct TaskFrame {
  llvm::Function* function;
  std::vector<llvm::Value*> operands, outputs;
  llvm::Value* scratch;
  llvm::Value* begin;  ///< i64
  llvm::Value* end;
};

/// Begin a task; the builder stands in it afterwards.
TaskFrame open_task(llvm::IRBuilderBase& builder, llvm::Module& module, const Target& target,
                    const ir::Kernel& kernel, const std::string& name);

/// `count` elements on the stack, aligned for vectors, uninitialised.
llvm::Value* on_stack(llvm::IRBuilderBase& builder, ir::DType dtype, std::int64_t count);

}  // namespace gradc::codegen
