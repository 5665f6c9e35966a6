#include "codegen/body.h"

#include <llvm/IR/IRBuilder.h>

#include <cassert>

#include "codegen/access.h"
#include "codegen/addressing.h"
#include "codegen/flow.h"

namespace gradc::codegen {

void Scope::learn(const Scope& from) {
  for (std::size_t id = 0; id < values.size(); ++id)
    if (!values[id]) values[id] = from.values[id];
}

Body::Body(llvm::IRBuilderBase& builder, const Machine& machine, const Target& target,
           const Nest& nest, std::optional<std::size_t> vector_loop,
           std::vector<llvm::Value*> operands, std::vector<llvm::Value*> outputs)
    : builder_(builder),
      machine_(machine),
      target_(target),
      nest_(nest),
      vector_loop_(vector_loop),
      operands_(std::move(operands)),
      outputs_(std::move(outputs)) {}

Scope Body::scope() const {
  return {std::vector<llvm::Value*>(nest_.extents.size()),
          std::vector<llvm::Value*>(nest_.body.size())};
}

Scope Body::inside(const Scope& scope, std::size_t loop, llvm::Value* index) const {
  Scope out = scope;
  out.indices[loop] = index;
  return out;
}

Scope Body::inside(const Scope& scope, llvm::Value* index, unsigned lanes,
                   llvm::Value* mask) const {
  Scope out = inside(scope, *vector_loop_, index);
  out.lanes = lanes;
  out.mask = mask;
  return out;
}

bool Body::is_vector(const Scope& scope, ir::ScalarId id) const {
  return scope.lanes > 1 && nest_.loops[id].contains(*vector_loop_);
}

/// All loops it looks at are entered, and what it is computed from is there.
bool Body::is_ready(const Scope& scope, ir::ScalarId id) const {
  const ir::Instruction& instruction = nest_.body[id];
  if (is_reduction(instruction.op)) return false;  // its loops compute it
  for (const ir::ScalarId argument : instruction.arguments)
    if (!scope.values[argument]) return false;
  for (std::size_t loop = 0; loop < scope.indices.size(); ++loop)
    if (nest_.loops[id].contains(loop) && !scope.indices[loop]) return false;
  if (instruction.op != ir::ScalarOp::load) return true;
  for (const Check& check : nest_.accesses[static_cast<std::size_t>(instruction.integer)].checks)
    if (check.coordinate.indirect != ir::no_scalar && !scope.values[check.coordinate.indirect])
      return false;
  return true;
}

void Body::compute(Scope& scope, std::span<const ir::ScalarId> roots) {
  std::vector<bool> needed(nest_.body.size(), false);
  for (const ir::ScalarId root : roots) needed[root] = true;
  for (auto id = static_cast<ir::ScalarId>(needed.size()); id-- > 0;) {
    if (!needed[id] || scope.values[id]) continue;
    const ir::Instruction& instruction = nest_.body[id];
    for (const ir::ScalarId argument : instruction.arguments) needed[argument] = true;
    if (instruction.op != ir::ScalarOp::load) continue;
    for (const Check& check : nest_.accesses[static_cast<std::size_t>(instruction.integer)].checks)
      if (check.coordinate.indirect != ir::no_scalar) needed[check.coordinate.indirect] = true;
  }
  for (ir::ScalarId id = 0; id < needed.size(); ++id)
    if (needed[id] && !scope.values[id] && is_ready(scope, id)) scope.values[id] = emit(scope, id);
}

llvm::Value* Body::value(Scope& scope, ir::ScalarId id) {
  if (!scope.values[id]) compute(scope, std::span(&id, 1));
  assert(scope.values[id] && "a value is asked for where all it depends on is known");
  return scope.values[id];
}

llvm::Value* Body::lanes_of(Scope& scope, ir::ScalarId id) {
  llvm::Value* out = value(scope, id);
  if (scope.lanes == 1 || out->getType()->isVectorTy()) return out;
  return builder_.CreateVectorSplat(scope.lanes, out);
}

llvm::Value* Body::emit(Scope& scope, ir::ScalarId id) {
  const ir::Instruction& instruction = nest_.body[id];
  const bool in_lanes = is_vector(scope, id);
  if (instruction.op == ir::ScalarOp::load)
    return emit_load(*this, scope, nest_.accesses[static_cast<std::size_t>(instruction.integer)]);
  if (instruction.op == ir::ScalarOp::index) {
    llvm::Value* index = scope.indices[static_cast<std::size_t>(instruction.integer)];
    if (!in_lanes) return index;
    return builder_.CreateAdd(
        builder_.CreateVectorSplat(scope.lanes, index),
        builder_.CreateStepVector(llvm::FixedVectorType::get(builder_.getInt64Ty(), scope.lanes)));
  }

  std::vector<ir::DType> types;
  std::vector<llvm::Value*> arguments;
  for (const ir::ScalarId argument : instruction.arguments) {
    types.push_back(nest_.body[argument].dtype);
    arguments.push_back(in_lanes ? lanes_of(scope, argument) : value(scope, argument));
  }
  return emit_scalar(builder_, machine_, instruction, types, arguments, in_lanes ? scope.lanes : 1);
}

void Body::store(Scope& scope, const NestOutput& output) {
  const bool in_lanes = scope.lanes > 1 && nest_.loops_of(output.address).contains(*vector_loop_);
  emit_store(*this, scope, output,
             in_lanes ? lanes_of(scope, output.value) : value(scope, output.value));
}

llvm::Value* Body::pointer(const Scope& scope, const Address& address) const {
  return builder_.CreateGEP(memory_type(builder_.getContext(), address.dtype, 1),
                            operands_[address.buffer], linear_offset(builder_, scope, address));
}

}  // namespace gradc::codegen
