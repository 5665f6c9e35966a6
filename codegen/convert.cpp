#include <llvm/IR/IRBuilder.h>

#include <cstdint>

#include "codegen/arithmetic.h"

namespace gradc::codegen {

namespace {

using ir::DType;

/// The integers of a type, and the power of two above them, which every real format has exactly.
struct Range {
  std::int64_t smallest, largest;
  double above;
};
Range range_of(DType dtype) {
  switch (dtype) {
    case DType::u8:
      return {0, UINT8_MAX, 0x1p8};
    case DType::i32:
      return {INT32_MIN, INT32_MAX, 0x1p31};
    default:
      return {INT64_MIN, INT64_MAX, 0x1p63};
  }
}

/// Truncates; NaN gives 0, out of range gives the nearest integer of the type.
llvm::Value* truncate(const Operation& o, DType to, llvm::Type* type) {
  llvm::IRBuilderBase& builder = o.builder;
  const Range range = range_of(to);
  const auto real = [&](double number) { return llvm::ConstantFP::get(o.type(), number); };
  llvm::Value* is_above = builder.CreateFCmpOGE(o.a, real(range.above));
  llvm::Value* is_below = builder.CreateFCmpOLT(o.a, real(static_cast<double>(range.smallest)));
  llvm::Value* is_number = builder.CreateFCmpORD(o.a, o.a);
  // LLVM's instruction is undefined out of range, its saturating intrinsic is slow on vectors.
  llvm::Value* is_outside =
      builder.CreateOr(builder.CreateOr(is_above, is_below), builder.CreateNot(is_number));
  llvm::Value* inside = builder.CreateSelect(is_outside, real(0), o.a);
  llvm::Type* wide = to == DType::u8 ? type->getWithNewType(builder.getInt32Ty()) : type;
  llvm::Value* integer = builder.CreateTrunc(builder.CreateFPToSI(inside, wide), type);
  const auto bound = [&](std::int64_t number) {
    return llvm::ConstantInt::get(type, static_cast<std::uint64_t>(number));
  };
  integer = builder.CreateSelect(is_below, bound(range.smallest), integer);
  return builder.CreateSelect(is_above, bound(range.largest), integer);
}

}  // namespace

llvm::Value* convert(const Operation& o, DType to, unsigned lanes) {
  llvm::IRBuilderBase& builder = o.builder;
  llvm::Type* type = register_type(builder.getContext(), to, lanes);
  if (to == DType::boolean) {
    return o.is_real() ? builder.CreateFCmpUNE(o.a, llvm::ConstantFP::get(o.type(), 0))
                       : builder.CreateICmpNE(o.a, o.constant(0));
  }
  if (o.is_real())
    return ir::is_float(to) ? builder.CreateFPCast(o.a, type) : truncate(o, to, type);
  if (ir::is_float(to))
    return o.is_signed() ? builder.CreateSIToFP(o.a, type) : builder.CreateUIToFP(o.a, type);
  return builder.CreateIntCast(o.a, type, o.is_signed());
}

}  // namespace gradc::codegen
