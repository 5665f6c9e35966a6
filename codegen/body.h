#pragma once
/// The body of a nest at one point, or at the points of a vector.
#include <optional>
#include <span>
#include <vector>

#include "codegen/nest.h"
#include "codegen/scalar.h"
#include "codegen/target.h"

namespace gradc::codegen {

/// Where in the nest the code stands, and what is computed there already. A scope is copied on the
/// way into a loop, so what is computed inside stays inside.
struct Scope {
  std::vector<llvm::Value*> indices;  ///< i64, one per loop; null where the loop is not entered yet
  std::vector<llvm::Value*> values;   ///< one per instruction; null where not computed yet
  unsigned lanes = 1;                 ///< points along the vector loop; its index is the first's
  llvm::Value* mask = nullptr;        ///< which of them there are; null for all

  /// Take over the values that are known in a scope around this one.
  void learn(const Scope& from);
};

/// Emits instructions of one nest. A value has `lanes` lanes if it depends on the vector loop, else
/// it is a scalar. What is known early is computed early: that is how code leaves loops.
class Body {
 public:
  Body(llvm::IRBuilderBase& builder, const Machine& machine, const Target& target, const Nest& nest,
       std::optional<std::size_t> vector_loop, std::vector<llvm::Value*> operands,
       std::vector<llvm::Value*> outputs);

  Scope scope() const;
  /// The scope inside `loop` at `index`.
  Scope inside(const Scope& scope, std::size_t loop, llvm::Value* index) const;
  /// The same for `lanes` points of the vector loop from `index` on.
  Scope inside(const Scope& scope, llvm::Value* index, unsigned lanes, llvm::Value* mask) const;

  /// Compute what `roots` need, as far as it is known here.
  void compute(Scope& scope, std::span<const ir::ScalarId> roots);
  /// A value, computed now if need be, with as many lanes as it has by itself.
  llvm::Value* value(Scope& scope, ir::ScalarId id);
  /// The same value in all lanes of the scope.
  llvm::Value* lanes_of(Scope& scope, ir::ScalarId id);
  /// Write an output's value (its address must be computable in the scope).
  void store(Scope& scope, const NestOutput& output);

  bool is_vector(const Scope& scope, ir::ScalarId id) const;
  llvm::IRBuilderBase& builder() const { return builder_; }
  const Nest& nest() const { return nest_; }
  const Target& target() const { return target_; }
  const Machine& machine() const { return machine_; }
  std::optional<std::size_t> vector_loop() const { return vector_loop_; }

  /// Where element `address` of the scope's (first) point lies; the address has no checks.
  llvm::Value* pointer(const Scope& scope, const Address& address) const;
  llvm::Value* operand(std::size_t number) const { return operands_[number]; }
  llvm::Value* output(std::size_t number) const { return outputs_[number]; }

 private:
  bool is_ready(const Scope& scope, ir::ScalarId id) const;
  llvm::Value* emit(Scope& scope, ir::ScalarId id);

  llvm::IRBuilderBase& builder_;
  const Machine& machine_;
  const Target& target_;
  const Nest& nest_;
  std::optional<std::size_t> vector_loop_;
  std::vector<llvm::Value*> operands_, outputs_;
};

}  // namespace gradc::codegen
