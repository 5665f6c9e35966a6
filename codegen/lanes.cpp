#include "codegen/lanes.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Intrinsics.h>
#include <llvm/IR/IntrinsicsX86.h>

#include <cassert>

namespace gradc::codegen {

namespace {

constexpr Format f32_format = {.mantissa_bits = 23,
                               .bias = 127,
                               .sqrt_half = 0x3f3504f3,
                               .shifter = 0x1.8p23,
                               .largest_fraction = 0x1p23,
                               .smallest_normal = 0x1p-126};
constexpr Format f64_format = {.mantissa_bits = 52,
                               .bias = 1023,
                               .sqrt_half = 0x3fe6a09e667f3bcd,
                               .shifter = 0x1.8p52,
                               .largest_fraction = 0x1p52,
                               .smallest_normal = 0x1p-1022};

llvm::IRBuilderBase& builder(Real a) { return a.emitter->builder; }
llvm::IRBuilderBase& builder(Bits a) { return a.emitter->builder; }
llvm::IRBuilderBase& builder(Mask a) { return a.emitter->builder; }

}  // namespace

const Format& format(Real a) { return a.is_f32() ? f32_format : f64_format; }

bool Real::is_f32() const { return value->getType()->getScalarType()->isFloatTy(); }
Real Real::constant(double number) const {
  return {emitter, llvm::ConstantFP::get(value->getType(), number)};
}
Bits Real::bits() const {
  llvm::Type* type = value->getType();
  llvm::Type* integers =
      type->getWithNewType(llvm::IntegerType::get(type->getContext(), type->getScalarSizeInBits()));
  return {emitter, emitter->builder.CreateBitCast(value, integers)};
}

Real operator+(Real a, Real b) { return {a.emitter, builder(a).CreateFAdd(a.value, b.value)}; }
Real operator-(Real a, Real b) { return {a.emitter, builder(a).CreateFSub(a.value, b.value)}; }
Real operator*(Real a, Real b) { return {a.emitter, builder(a).CreateFMul(a.value, b.value)}; }
Real operator/(Real a, Real b) { return {a.emitter, builder(a).CreateFDiv(a.value, b.value)}; }
Real operator-(Real a) { return {a.emitter, builder(a).CreateFNeg(a.value)}; }

Mask operator<(Real a, Real b) { return {a.emitter, builder(a).CreateFCmpOLT(a.value, b.value)}; }
Mask operator==(Real a, Real b) { return {a.emitter, builder(a).CreateFCmpOEQ(a.value, b.value)}; }
Mask operator!=(Real a, Real b) { return {a.emitter, builder(a).CreateFCmpUNE(a.value, b.value)}; }
Mask operator<(Real a, double b) { return a < a.constant(b); }
Mask operator>(Real a, double b) { return a > a.constant(b); }
Mask operator==(Real a, double b) { return a == a.constant(b); }

Real fma(Real a, Real b, Real c) {
  if (!a.emitter->machine.fused_multiply_add) return a * b + c;
  return {a.emitter, builder(a).CreateIntrinsic(llvm::Intrinsic::fma, {a.value->getType()},
                                                {a.value, b.value, c.value})};
}

std::optional<Real> scale_at_once(Real a, Real k) {
  llvm::Type* type = a.value->getType();
  const bool is_whole = type->isVectorTy() && type->getPrimitiveSizeInBits() == 512;
  if (!a.emitter->machine.scales_by_powers_of_2 || !is_whole) return std::nullopt;
  const auto instruction = a.is_f32() ? llvm::Intrinsic::x86_avx512_mask_scalef_ps_512
                                      : llvm::Intrinsic::x86_avx512_mask_scalef_pd_512;
  llvm::IRBuilderBase& b = builder(a);
  llvm::Value* all_lanes =
      llvm::Constant::getAllOnesValue(a.is_f32() ? b.getInt16Ty() : b.getInt8Ty());
  llvm::Value* rounding_as_set = b.getInt32(4);
  return Real{
      a.emitter,
      b.CreateIntrinsic(instruction, {}, {a.value, k.value, a.value, all_lanes, rounding_as_set})};
}

Real abs(Real a) {
  return {a.emitter, builder(a).CreateUnaryIntrinsic(llvm::Intrinsic::fabs, a.value)};
}

Real copy_sign(Real magnitude, Real sign) {
  return {sign.emitter, builder(sign).CreateBinaryIntrinsic(llvm::Intrinsic::copysign,
                                                            magnitude.value, sign.value)};
}

Real at_most(Real a, double limit) { return select(a > limit, limit, a); }
Real at_least(Real a, double limit) { return select(a < limit, limit, a); }

Real round(Real a) {
  // Where the sum's last bit is worth 1, adding rounds to an integer.
  const double shift = format(a).largest_fraction;
  const Real rounded = copy_sign((abs(a) + shift) - shift, a);
  return select(abs(a) < shift, rounded, a);
}

Real floor(Real a) {
  const Real nearest = round(a);
  return select(nearest > a, nearest - 1, nearest);
}

Real polynomial(Real x, std::span<const double> coefficients) {
  Real sum = x.constant(coefficients.back());
  for (std::size_t i = coefficients.size() - 1; i-- > 0;) sum = fma(sum, x, coefficients[i]);
  return sum;
}

Real widen(Real a) {
  llvm::Type* type = a.value->getType()->getWithNewType(builder(a).getDoubleTy());
  return {a.emitter, builder(a).CreateFPExt(a.value, type)};
}

Real narrow(Real a) {
  llvm::Type* type = a.value->getType()->getWithNewType(builder(a).getFloatTy());
  return {a.emitter, builder(a).CreateFPTrunc(a.value, type)};
}

Bits Bits::constant(std::uint64_t number) const {
  return {emitter, llvm::ConstantInt::get(value->getType(), number)};
}
Real Bits::real() const {
  llvm::Type* type = value->getType();
  auto& context = type->getContext();
  llvm::Type* reals = type->getScalarSizeInBits() == 32 ? llvm::Type::getFloatTy(context)
                                                        : llvm::Type::getDoubleTy(context);
  return {emitter, emitter->builder.CreateBitCast(value, type->getWithNewType(reals))};
}

Bits operator+(Bits a, Bits b) { return {a.emitter, builder(a).CreateAdd(a.value, b.value)}; }
Bits operator-(Bits a, Bits b) { return {a.emitter, builder(a).CreateSub(a.value, b.value)}; }
Bits operator+(Bits a, std::uint64_t b) { return a + a.constant(b); }
Bits operator-(Bits a, std::uint64_t b) { return a - a.constant(b); }
Bits operator&(Bits a, std::uint64_t b) {
  return {a.emitter, builder(a).CreateAnd(a.value, a.constant(b).value)};
}
Bits operator|(Bits a, Bits b) { return {a.emitter, builder(a).CreateOr(a.value, b.value)}; }
Bits operator<<(Bits a, unsigned b) { return {a.emitter, builder(a).CreateShl(a.value, b)}; }
Bits operator>>(Bits a, unsigned b) { return {a.emitter, builder(a).CreateLShr(a.value, b)}; }
Mask operator!=(Bits a, std::uint64_t b) {
  return {a.emitter, builder(a).CreateICmpNE(a.value, a.constant(b).value)};
}

Mask operator&(Mask a, Mask b) { return {a.emitter, builder(a).CreateAnd(a.value, b.value)}; }
Mask operator|(Mask a, Mask b) { return {a.emitter, builder(a).CreateOr(a.value, b.value)}; }
Mask operator!(Mask a) { return {a.emitter, builder(a).CreateNot(a.value)}; }

Real select(Mask condition, Real a, Real b) {
  return {a.emitter, builder(condition).CreateSelect(condition.value, a.value, b.value)};
}

Double exact_sum(Real a, Real b) {
  // Knuth's: what of each operand arrived in the sum, and what did not.
  const Real sum = a + b;
  const Real b_arrived = sum - a;
  const Real a_arrived = sum - b_arrived;
  return {sum, (a - a_arrived) + (b - b_arrived)};
}

Double exact_sum_ordered(Real a, Real b) {
  const Real sum = a + b;
  return {sum, b - (sum - a)};
}

namespace {

/// Dekker's: the upper half of the mantissa and the rest, so that products of halves are exact.
Double split(Real a) {
  const Real shifted = a * (a.is_f32() ? 0x1p12 + 1 : 0x1p27 + 1);
  const Real high = shifted - (shifted - a);
  return {high, a - high};
}

}  // namespace

Double exact_product(Real a, Real b) {
  const Real product = a * b;
  if (a.emitter->machine.fused_multiply_add) return {product, fma(a, b, -product)};
  const auto [a_high, a_low] = split(a);
  const auto [b_high, b_low] = split(b);
  const Real crossed = (a_high * b_high - product) + a_high * b_low + a_low * b_high;
  return {product, crossed + a_low * b_low};
}

Double operator*(Double a, Double b) {
  const auto [high, low] = exact_product(a.high, b.high);
  return exact_sum_ordered(high, low + (a.high * b.low + a.low * b.high));
}

Double operator+(Real a, Double b) {
  const auto [high, low] = exact_sum_ordered(a, b.high);
  return exact_sum_ordered(high, low + b.low);
}

}  // namespace gradc::codegen
