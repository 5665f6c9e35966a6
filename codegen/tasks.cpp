#include "codegen/tasks.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>

#include <algorithm>
#include <memory>

#include "codegen/body.h"
#include "codegen/contraction_tasks.h"
#include "codegen/cut.h"
#include "codegen/flow.h"
#include "codegen/grain.h"
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

/// A kernel, or a part of it, as loops.
struct LoopCode {
  LoopCode(llvm::IRBuilderBase& builder, const Machine& machine, const Target& target,
           const ir::Kernel& kernel, const TaskFrame& frame)
      : nest(nest_of(kernel)),
        walk(choose_walk(nest, target)),
        body(builder, machine, target, nest, walk.vector_loop, frame.operands, frame.outputs) {}
  LoopCode(const LoopCode&) = delete;  // the body refers to the nest
  LoopCode& operator=(const LoopCode&) = delete;

  Nest nest;
  Walk walk;
  Body body;
};

/// Piece p of the task is piece p of every part: neighbours in the result are written one after the
/// other.
void emit_parts(llvm::IRBuilderBase& builder, const TaskFrame& frame,
                std::vector<std::unique_ptr<LoopCode>>& parts) {
  for_loop(builder, {frame.begin, frame.end}, [&](llvm::Value* piece) {
    const auto among = [&](llvm::Value* p, const LoopCode& part) {
      return builder.CreateBinaryIntrinsic(llvm::Intrinsic::smin, p,
                                           number(builder, part.walk.pieces));
    };
    for (const auto& part : parts)
      emit_loops(part->body, part->walk, among(piece, *part),
                 among(add(builder, piece, number(builder, 1)), *part));
  });
}

Task emit_loop_task(llvm::Module& module, const Target& target, const Machine& machine,
                    const ir::Kernel& kernel, const std::string& name) {
  llvm::IRBuilder<> builder(module.getContext());
  const TaskFrame frame = open_task(builder, module, target, kernel, name);
  clear_accumulated(builder, frame, kernel);

  std::vector<std::unique_ptr<LoopCode>> parts;
  std::int64_t pieces = 0;
  double cycles = 0;
  for (const ir::Kernel& part : parts_of(kernel)) {
    parts.push_back(std::make_unique<LoopCode>(builder, machine, target, part, frame));
    pieces = std::max(pieces, parts.back()->walk.pieces);
    cycles += parts.back()->walk.cycles;
  }
  if (parts.size() == 1)
    emit_loops(parts[0]->body, parts[0]->walk, frame.begin, frame.end);
  else
    emit_parts(builder, frame, parts);
  builder.CreateRetVoid();
  return {frame.function, pieces, choose_grain(pieces, cycles), cycles};
}

}  // namespace

bool belongs_to(const Task& task, Part part) {
  const bool is_preparation = task.role == Role::preparation;
  return part == Part::all || is_preparation == (part == Part::preparation);
}

std::vector<Task> emit_tasks(llvm::Module& module, const Target& target, const Machine& machine,
                             const KernelCode& code, const std::string& name) {
  const Nest nest = nest_of(code.kernel);
  if (const auto contraction = find_contraction(nest, target, code.keeps_factor))
    return emit_contraction_tasks(module, target, machine, code.kernel, nest, *contraction, name);
  return {emit_loop_task(module, target, machine, code.kernel, name)};
}

llvm::Type* long_type(const llvm::Module& module) {
  return module.getDataLayout().getIntPtrType(module.getContext());
}

}  // namespace gradc::codegen
