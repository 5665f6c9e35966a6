#include "codegen/tasks.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>

#include "codegen/body.h"
#include "codegen/contraction_tasks.h"
#include "codegen/loops.h"
#include "codegen/task_frame.h"
#include "codegen/walk.h"

namespace gradc::codegen {

namespace {

/// What a scatter adds to must be zero first.
void clear_accumulated(llvm::IRBuilderBase& builder, const TaskFrame& frame,
                       const ir::Kernel& kernel) {
  for (std::size_t i = 0; i < kernel.outputs.size(); ++i) {
    const ir::Type& type = kernel.outputs[i].type;
    if (!kernel.outputs[i].accumulate) continue;
    builder.CreateMemSet(frame.outputs[i], builder.getInt8(0),
                         static_cast<std::uint64_t>(type.bytes()),
                         llvm::Align(static_cast<std::uint64_t>(byte_size(type.dtype))));
  }
}

Task emit_loop_task(llvm::Module& module, const Target& target, const Machine& machine,
                    const ir::Kernel& kernel, const Nest& nest, const std::string& name) {
  const Walk walk = choose_walk(nest, target);
  llvm::IRBuilder<> builder(module.getContext());
  const TaskFrame frame = open_task(builder, module, target, kernel, name);
  clear_accumulated(builder, frame, kernel);
  Body body(builder, machine, target, nest, walk.vector_loop, frame.operands, frame.outputs);
  emit_loops(body, walk, frame.begin, frame.end);
  builder.CreateRetVoid();
  return {frame.function, walk.pieces, choose_grain(walk.pieces, walk.cycles)};
}

}  // namespace

std::vector<Task> emit_tasks(llvm::Module& module, const Target& target, const Machine& machine,
                             const KernelCode& code, const std::string& name) {
  const Nest nest = nest_of(code.kernel);
  if (const auto contraction = find_contraction(nest, target, code.keeps_factor))
    return emit_contraction_tasks(module, target, machine, code.kernel, nest, *contraction, name);
  return {emit_loop_task(module, target, machine, code.kernel, nest, name)};
}

llvm::Type* long_type(const llvm::Module& module) {
  return module.getDataLayout().getIntPtrType(module.getContext());
}

}  // namespace gradc::codegen
