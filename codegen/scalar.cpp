#include "codegen/scalar.h"

#include <llvm/CodeGen/TargetLowering.h>
#include <llvm/CodeGen/TargetSubtargetInfo.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>
#include <llvm/Target/TargetMachine.h>

#include <cassert>
#include <limits>

#include "codegen/arithmetic.h"
#include "codegen/math.h"

namespace gradc::codegen {

namespace {

using ir::DType;
using ir::ScalarOp;

llvm::Type* element_type(llvm::LLVMContext& context, DType dtype) {
  switch (dtype) {
    case DType::f32:
      return llvm::Type::getFloatTy(context);
    case DType::f64:
      return llvm::Type::getDoubleTy(context);
    case DType::i32:
      return llvm::Type::getInt32Ty(context);
    case DType::i64:
      return llvm::Type::getInt64Ty(context);
    case DType::u8:
      return llvm::Type::getInt8Ty(context);
    case DType::boolean:
      return llvm::Type::getInt1Ty(context);
  }
  assert(false && "every element type is listed");
  return nullptr;
}

llvm::Type* with_lanes(llvm::Type* element, unsigned lanes) {
  return lanes == 1 ? element : llvm::FixedVectorType::get(element, lanes);
}

llvm::Constant* number(llvm::Type* type, double real, std::int64_t integer) {
  if (type->isFPOrFPVectorTy()) return llvm::ConstantFP::get(type, real);
  return llvm::ConstantInt::get(type, static_cast<std::uint64_t>(integer));
}

/// The smallest value of a type, below which nothing is, or the largest.
llvm::Constant* extreme(llvm::LLVMContext& context, DType dtype, unsigned lanes, bool largest) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  llvm::Type* type = register_type(context, dtype, lanes);
  if (ir::is_float(dtype)) return llvm::ConstantFP::get(type, largest ? infinity : -infinity);
  const unsigned bits = type->getScalarSizeInBits();
  const bool is_signed = dtype == DType::i32 || dtype == DType::i64;
  const llvm::APInt limit = is_signed ? largest ? llvm::APInt::getSignedMaxValue(bits)
                                                : llvm::APInt::getSignedMinValue(bits)
                            : largest ? llvm::APInt::getMaxValue(bits)
                                      : llvm::APInt::getMinValue(bits);
  return llvm::ConstantInt::get(type, limit);
}

constexpr std::int64_t no_point = std::numeric_limits<std::int32_t>::max();

}  // namespace

Machine machine_of(const llvm::TargetMachine& target) {
  // A subtarget is asked for on behalf of a function, as functions may have features of their own.
  llvm::LLVMContext context;
  llvm::Module module("", context);
  auto* signature = llvm::FunctionType::get(llvm::Type::getVoidTy(context), false);
  auto* function =
      llvm::Function::Create(signature, llvm::GlobalValue::ExternalLinkage, "", module);
  const auto* lowering = target.getSubtargetImpl(*function)->getTargetLowering();
  const auto has_instruction = [&](llvm::MVT type) {
    return lowering->isOperationLegal(llvm::ISD::FMA, type);
  };
  return {
      .fused_multiply_add = has_instruction(llvm::MVT::f32) && has_instruction(llvm::MVT::f64),
      .scales_by_powers_of_2 = target.getTargetTriple().isX86() &&
                               target.getMCSubtargetInfo()->checkFeatures("+avx512f"),
  };
}

llvm::Type* register_type(llvm::LLVMContext& context, DType dtype, unsigned lanes) {
  return with_lanes(element_type(context, dtype), lanes);
}

llvm::Type* memory_type(llvm::LLVMContext& context, DType dtype, unsigned lanes) {
  return register_type(context, dtype == DType::boolean ? DType::u8 : dtype, lanes);
}

llvm::Value* to_register(llvm::IRBuilderBase& builder, DType dtype, llvm::Value* in_memory) {
  if (dtype != DType::boolean) return in_memory;
  return builder.CreateICmpNE(in_memory, llvm::Constant::getNullValue(in_memory->getType()));
}

llvm::Value* to_memory(llvm::IRBuilderBase& builder, DType dtype, llvm::Value* in_register) {
  if (dtype != DType::boolean) return in_register;
  return builder.CreateZExt(in_register, in_register->getType()->getWithNewBitWidth(8));
}

llvm::Value* emit_scalar(llvm::IRBuilderBase& builder, const Machine& machine,
                         const ir::Instruction& instruction, std::span<const DType> argument_types,
                         std::span<llvm::Value* const> arguments, unsigned lanes) {
  llvm::Type* type = register_type(builder.getContext(), instruction.dtype, lanes);
  if (instruction.op == ScalarOp::constant)
    return number(type, instruction.real, instruction.integer);

  const llvm::IRBuilderBase::FastMathFlagGuard guard(builder);
  builder.clearFastMathFlags();
  const Operation o{builder, argument_types[0], arguments[0],
                    arguments.size() > 1 ? arguments[1] : nullptr};
  const Emitter emitter{builder, machine};
  const Real x{&emitter, o.a};
  switch (instruction.op) {
    case ScalarOp::add:
      return add(o);
    case ScalarOp::sub:
      return subtract(o);
    case ScalarOp::mul:
      return multiply(o, machine);
    case ScalarOp::div:
      return divide(o);
    case ScalarOp::rem:
      return remainder(o, machine);
    case ScalarOp::max:
      return larger(o);
    case ScalarOp::min:
      return smaller(o);
    case ScalarOp::neg:
      return negate(o);
    case ScalarOp::abs:
      return absolute(o);
    case ScalarOp::exp:
      return exp(x).value;
    case ScalarOp::log:
      return log(x).value;
    case ScalarOp::sqrt:
      return builder.CreateUnaryIntrinsic(llvm::Intrinsic::sqrt, o.a);
    case ScalarOp::sin:
      return sin(x).value;
    case ScalarOp::cos:
      return cos(x).value;
    case ScalarOp::tanh:
      return tanh(x).value;
    case ScalarOp::sigmoid:
      return sigmoid(x).value;
    case ScalarOp::erf:
      return erf(x).value;
    case ScalarOp::pow:
      return pow(x, {&emitter, o.b}).value;
    case ScalarOp::floor:
      return floor(x).value;
    case ScalarOp::round:
      return round(x).value;
    case ScalarOp::eq:
    case ScalarOp::ne:
    case ScalarOp::lt:
    case ScalarOp::le:
      return compare(o, instruction.op);
    case ScalarOp::and_:
      return builder.CreateAnd(o.a, o.b);
    case ScalarOp::or_:
      return builder.CreateOr(o.a, o.b);
    case ScalarOp::not_:
      return builder.CreateNot(o.a);
    case ScalarOp::select:
      return builder.CreateSelect(arguments[0], arguments[1], arguments[2]);
    case ScalarOp::cast:
      return convert(o, instruction.dtype, lanes);
    case ScalarOp::random:
      return random_uniform(builder,
                            {arguments[0], arguments[1], arguments[2], instruction.integer}, type);
    default:
      assert(false && "indices, loads and reductions are the loops' business");
      return nullptr;
  }
}

llvm::Value* emit_combine(llvm::IRBuilderBase& builder, ScalarOp reduction, DType dtype,
                          llvm::Value* accumulator, llvm::Value* value) {
  const llvm::IRBuilderBase::FastMathFlagGuard guard(builder);
  builder.clearFastMathFlags();
  const Operation o{builder, dtype, accumulator, value};
  switch (reduction) {
    case ScalarOp::reduce_add:
      return add(o);
    case ScalarOp::reduce_mul:
      return multiply(o, {});
    case ScalarOp::reduce_max:
      return larger(o);
    case ScalarOp::reduce_min:
      return smaller(o);
    default:
      assert(false && "argmax has a state of its own");
      return nullptr;
  }
}

llvm::Constant* neutral(llvm::LLVMContext& context, ScalarOp reduction, DType dtype,
                        unsigned lanes) {
  switch (reduction) {
    case ScalarOp::reduce_add:
      return number(register_type(context, dtype, lanes), 0, 0);
    case ScalarOp::reduce_mul:
      return number(register_type(context, dtype, lanes), 1, 1);
    case ScalarOp::reduce_max:
      return extreme(context, dtype, lanes, false);
    case ScalarOp::reduce_min:
      return extreme(context, dtype, lanes, true);
    default:
      assert(false && "argmax has a state of its own");
      return nullptr;
  }
}

ArgMax argmax_neutral(llvm::LLVMContext& context, DType dtype, unsigned lanes) {
  return {extreme(context, dtype, lanes, false),
          number(register_type(context, DType::i32, lanes), 0, no_point)};
}

ArgMax emit_argmax_combine(llvm::IRBuilderBase& builder, DType dtype, ArgMax accumulator,
                           ArgMax candidate) {
  const Operation values{builder, dtype, accumulator.value, candidate.value};
  const Operation points{builder, DType::i32, candidate.point, accumulator.point};
  llvm::Value* is_larger = compare(values, ScalarOp::lt);
  llvm::Value* is_first =
      builder.CreateAnd(compare(values, ScalarOp::eq), compare(points, ScalarOp::lt));
  llvm::Value* wins = builder.CreateOr(is_larger, is_first);
  return {builder.CreateSelect(wins, candidate.value, accumulator.value),
          builder.CreateSelect(wins, candidate.point, accumulator.point)};
}

llvm::Value* emit_argmax_result(llvm::IRBuilderBase& builder, ArgMax accumulator) {
  llvm::Type* type = accumulator.point->getType();
  llvm::Value* is_none = builder.CreateICmpEQ(accumulator.point, number(type, 0, no_point));
  return builder.CreateSelect(is_none, number(type, 0, 0), accumulator.point);
}

}  // namespace gradc::codegen
