#include "codegen/arithmetic.h"

#include <llvm/Analysis/VectorUtils.h>
#include <llvm/IR/IRBuilder.h>

#include "codegen/lanes.h"

namespace gradc::codegen {

namespace {

using ir::ScalarOp;
using Predicate = llvm::CmpInst::Predicate;

/// The product of `multiply` that `value` is, in every lane or from one for all.
llvm::Instruction* find_product(llvm::Value* value) {
  if (llvm::Value* one = llvm::getSplatValue(value)) value = one;
  auto* instruction = llvm::dyn_cast<llvm::Instruction>(value);
  if (instruction == nullptr || instruction->getOpcode() != llvm::Instruction::FMul) return nullptr;
  return instruction->hasAllowContract() ? instruction : nullptr;
}

/// ± product + addend, rounded once.
llvm::Value* fuse(llvm::IRBuilderBase& builder, llvm::Instruction* product, bool negated,
                  llvm::Value* addend) {
  llvm::Type* type = addend->getType();
  const auto factor = [&](unsigned i) -> llvm::Value* {
    llvm::Value* value = product->getOperand(i);
    const auto* vector = llvm::dyn_cast<llvm::FixedVectorType>(type);
    if (vector == nullptr || value->getType()->isVectorTy()) return value;
    return builder.CreateVectorSplat(vector->getNumElements(), value);
  };
  llvm::Value* first = negated ? builder.CreateFNeg(factor(0)) : factor(0);
  return builder.CreateIntrinsic(llvm::Intrinsic::fma, {type}, {first, factor(1), addend});
}

llvm::Value* divide_signed(const Operation& o) {
  llvm::IRBuilderBase& builder = o.builder;
  // The processor traps on x / 0 and on min / -1.
  llvm::Value* by_zero = builder.CreateICmpEQ(o.b, o.constant(0));
  llvm::Value* by_minus_one = builder.CreateICmpEQ(o.b, o.constant(-1));
  llvm::Value* is_special = builder.CreateOr(by_zero, by_minus_one);
  llvm::Value* divisor = builder.CreateSelect(is_special, o.constant(1), o.b);
  llvm::Value* special = builder.CreateSelect(by_zero, o.constant(0), builder.CreateNeg(o.a));
  return builder.CreateSelect(is_special, special, builder.CreateSDiv(o.a, divisor));
}

llvm::Value* remainder_signed(const Operation& o) {
  llvm::IRBuilderBase& builder = o.builder;
  llvm::Value* zero = o.constant(0);
  // Modulo 1 everything is 0, as it is to be modulo 0 and modulo -1.
  llvm::Value* is_special =
      builder.CreateOr(builder.CreateICmpEQ(o.b, zero), builder.CreateICmpEQ(o.b, o.constant(-1)));
  llvm::Value* divisor = builder.CreateSelect(is_special, o.constant(1), o.b);
  llvm::Value* remainder = builder.CreateSRem(o.a, divisor);
  llvm::Value* signs_differ = builder.CreateICmpSLT(builder.CreateXor(remainder, divisor), zero);
  llvm::Value* is_off = builder.CreateAnd(signs_differ, builder.CreateICmpNE(remainder, zero));
  return builder.CreateAdd(remainder, builder.CreateSelect(is_off, divisor, zero));
}

llvm::Value* remainder_real(const Operation& o, const Machine& machine) {
  const Emitter emitter{o.builder, machine};
  const Real a{&emitter, o.a}, b{&emitter, o.b};
  // The quotient of two f32 is on the right side of an integer beside it in f64.
  if (a.is_f32()) return narrow(widen(a) - widen(b) * floor(widen(a) / widen(b))).value;
  return (a - b * floor(a / b)).value;
}

/// Bools and u8 compare without sign.
struct Predicates {
  Predicate real, with_sign, without_sign;
};
constexpr Predicates equal = {Predicate::FCMP_OEQ, Predicate::ICMP_EQ, Predicate::ICMP_EQ};
constexpr Predicates unequal = {Predicate::FCMP_UNE, Predicate::ICMP_NE, Predicate::ICMP_NE};
constexpr Predicates below = {Predicate::FCMP_OLT, Predicate::ICMP_SLT, Predicate::ICMP_ULT};
constexpr Predicates not_above = {Predicate::FCMP_OLE, Predicate::ICMP_SLE, Predicate::ICMP_ULE};

llvm::Value* compare(const Operation& o, const Predicates& predicates, llvm::Value* a,
                     llvm::Value* b) {
  const Predicate predicate = o.is_real()     ? predicates.real
                              : o.is_signed() ? predicates.with_sign
                                              : predicates.without_sign;
  return o.builder.CreateCmp(predicate, a, b);
}

}  // namespace

llvm::Type* Operation::type() const { return a->getType(); }
llvm::Constant* Operation::constant(std::int64_t integer) const {
  return llvm::ConstantInt::getSigned(type(), integer);
}

llvm::Value* add(const Operation& o) {
  if (o.dtype == ir::DType::boolean) return o.builder.CreateOr(o.a, o.b);
  if (!o.is_real()) return o.builder.CreateAdd(o.a, o.b);
  if (auto* product = find_product(o.a)) return fuse(o.builder, product, false, o.b);
  if (auto* product = find_product(o.b)) return fuse(o.builder, product, false, o.a);
  return o.builder.CreateFAdd(o.a, o.b);
}

llvm::Value* subtract(const Operation& o) {
  if (!o.is_real()) return o.builder.CreateSub(o.a, o.b);
  if (auto* product = find_product(o.a))
    return fuse(o.builder, product, false, o.builder.CreateFNeg(o.b));
  if (auto* product = find_product(o.b)) return fuse(o.builder, product, true, o.a);
  return o.builder.CreateFSub(o.a, o.b);
}

llvm::Value* multiply(const Operation& o, const Machine& machine) {
  if (!o.is_real()) return o.builder.CreateMul(o.a, o.b);
  llvm::Value* product = o.builder.CreateFMul(o.a, o.b);
  // What find_product looks for. LLVM does nothing with it, as no sum of ours has the flag.
  if (auto* instruction = llvm::dyn_cast<llvm::Instruction>(product))
    instruction->setHasAllowContract(machine.fused_multiply_add);
  return product;
}

llvm::Value* divide(const Operation& o) {
  if (o.is_real()) return o.builder.CreateFDiv(o.a, o.b);
  if (o.is_signed()) return divide_signed(o);
  llvm::Value* by_zero = o.builder.CreateICmpEQ(o.b, o.constant(0));
  llvm::Value* divisor = o.builder.CreateSelect(by_zero, o.constant(1), o.b);
  return o.builder.CreateSelect(by_zero, o.constant(0), o.builder.CreateUDiv(o.a, divisor));
}

llvm::Value* remainder(const Operation& o, const Machine& machine) {
  if (o.is_real()) return remainder_real(o, machine);
  if (o.is_signed()) return remainder_signed(o);
  llvm::Value* by_zero = o.builder.CreateICmpEQ(o.b, o.constant(0));
  return o.builder.CreateURem(o.a, o.builder.CreateSelect(by_zero, o.constant(1), o.b));
}

llvm::Value* negate(const Operation& o) {
  return o.is_real() ? o.builder.CreateFNeg(o.a) : o.builder.CreateNeg(o.a);
}

llvm::Value* absolute(const Operation& o) {
  if (o.is_real()) return o.builder.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, o.a);
  if (!o.is_signed()) return o.a;
  return o.builder.CreateBinaryIntrinsic(llvm::Intrinsic::abs, o.a, o.builder.getFalse());
}

llvm::Value* larger(const Operation& o) {
  return o.builder.CreateSelect(compare(o, below, o.a, o.b), o.b, o.a);
}
llvm::Value* smaller(const Operation& o) {
  return o.builder.CreateSelect(compare(o, below, o.b, o.a), o.b, o.a);
}

llvm::Value* compare(const Operation& o, ScalarOp op) {
  const Predicates& predicates = op == ScalarOp::eq   ? equal
                                 : op == ScalarOp::ne ? unequal
                                 : op == ScalarOp::lt ? below
                                                      : not_above;
  return compare(o, predicates, o.a, o.b);
}

}  // namespace gradc::codegen
