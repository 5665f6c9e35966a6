#pragma once
/// The scalar instructions of a kernel's body (ir/scalar.def) as LLVM IR, on `lanes` elements at
/// once.
///
/// Every value is a vector of `lanes` elements, or a plain scalar if `lanes` is 1; a lane's result
/// has the same bits for any number of lanes. Nothing emitted here refers to a symbol outside the
/// module.
#include <cstdint>
#include <span>
#include <utility>

#include "ir/kernel.h"

namespace llvm {
class Constant;
class IRBuilderBase;
class LLVMContext;
class TargetMachine;
class Type;
class Value;
}  // namespace llvm

namespace gradc::codegen {

/// What the instructions' code depends on. The default is right on every target.
struct Machine {
  /// There is an instruction for a * b + c rounded once; without it `llvm.fma` would call libm.
  bool fused_multiply_add = false;
  /// There is an instruction for p · 2^k in 512-bit vectors: AVX-512's `vscalef`.
  bool scales_by_powers_of_2 = false;
};
Machine machine_of(const llvm::TargetMachine& target);

/// Elements in registers: a bool is an i1.
llvm::Type* register_type(llvm::LLVMContext& context, ir::DType dtype, unsigned lanes);
/// Elements in memory: a bool is an i8 that is 0 or 1.
llvm::Type* memory_type(llvm::LLVMContext& context, ir::DType dtype, unsigned lanes);
llvm::Value* to_register(llvm::IRBuilderBase& builder, ir::DType dtype, llvm::Value* in_memory);
llvm::Value* to_memory(llvm::IRBuilderBase& builder, ir::DType dtype, llvm::Value* in_register);

/// The value of an instruction that is neither `index` nor `load` nor a reduction. All `arguments`
/// have `lanes` lanes. The builder must stand in a function of a module (some functions of math.h
/// are put there once and called), and still stands in the same block afterwards.
llvm::Value* emit_scalar(llvm::IRBuilderBase& builder, const Machine& machine,
                         const ir::Instruction& instruction,
                         std::span<const ir::DType> argument_types,
                         std::span<llvm::Value* const> arguments, unsigned lanes);

/// One step of reduce_add, reduce_mul, reduce_max or reduce_min.
llvm::Value* emit_combine(llvm::IRBuilderBase& builder, ir::ScalarOp reduction, ir::DType dtype,
                          llvm::Value* accumulator, llvm::Value* value);
/// What those reductions start from.
llvm::Constant* neutral(llvm::LLVMContext& context, ir::ScalarOp reduction, ir::DType dtype,
                        unsigned lanes);

/// The state of reduce_argmax: the largest value and the number (i32) of the point that has it.
/// Points may be combined in any order: of equal values the one with the smaller number wins.
struct ArgMax {
  llvm::Value* value;
  llvm::Value* point;
};
ArgMax argmax_neutral(llvm::LLVMContext& context, ir::DType dtype, unsigned lanes);
ArgMax emit_argmax_combine(llvm::IRBuilderBase& builder, ir::DType dtype, ArgMax accumulator,
                           ArgMax candidate);
/// The result: the point, or 0 if there was none (or only NaNs).
llvm::Value* emit_argmax_result(llvm::IRBuilderBase& builder, ArgMax accumulator);

}  // namespace gradc::codegen
