#pragma once
/// Instructions that are more than one instruction of LLVM: integer division, remainders, extremes,
/// products that meet a sum, conversions and random numbers.
#include "codegen/scalar.h"

namespace gradc::codegen {

/// The arguments of one instruction, all of type `dtype`.
struct Operation {
  llvm::IRBuilderBase& builder;
  ir::DType dtype;
  llvm::Value* a;
  llvm::Value* b = nullptr;

  llvm::Type* type() const;
  llvm::Constant* constant(std::int64_t integer) const;
  bool is_real() const { return ir::is_float(dtype); }
  bool is_signed() const { return dtype == ir::DType::i32 || dtype == ir::DType::i64; }
};

/// A sum whose argument is a product of `multiply` is fused with it if the machine can. LLVM would
/// do the same for fast-math flags, but only where it sees both in one block: then the bits would
/// depend on how the loops around them are written, and on the number of lanes.
llvm::Value* add(const Operation& operation);
llvm::Value* subtract(const Operation& operation);
llvm::Value* multiply(const Operation& operation, const Machine& machine);
llvm::Value* divide(const Operation& operation);
llvm::Value* remainder(const Operation& operation, const Machine& machine);
llvm::Value* negate(const Operation& operation);
llvm::Value* absolute(const Operation& operation);
llvm::Value* larger(const Operation& operation);
llvm::Value* smaller(const Operation& operation);
llvm::Value* compare(const Operation& operation, ir::ScalarOp op);

/// The argument converted to `to`.
llvm::Value* convert(const Operation& operation, ir::DType to, unsigned lanes);

/// A word of Philox4x32-10 as a number in [0, 1) of type `result`; the arguments are i64.
struct RandomArguments {
  llvm::Value *seed, *step, *element;
  std::int64_t site_and_word;
};
llvm::Value* random_uniform(llvm::IRBuilderBase& builder, const RandomArguments& arguments,
                            llvm::Type* result);

}  // namespace gradc::codegen
