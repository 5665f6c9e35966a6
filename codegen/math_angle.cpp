#include "codegen/math_angle.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Intrinsics.h>
#include <llvm/IR/Module.h>

#include <array>
#include <cstdint>

#include "codegen/outline.h"

namespace gradc::codegen {

namespace {

// 2/π = 0.a2f9836e…, behind two zero words. Enough for the largest f64 exponent.
constexpr std::array<std::uint32_t, 40> two_over_pi = {
    0,          0,          0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041,
    0xfe5163ab, 0xdebbc561, 0xb7246e3a, 0x424dd2e0, 0x06492eea, 0x09d1921c, 0xfe1deb1c, 0xb129a73e,
    0xe88235f5, 0x2ebb4484, 0xe99c7026, 0xb45f7e41, 0x3991d639, 0x835339f4, 0x9c845f8b, 0xbdf9283b,
    0x1ff897ff, 0xde05980f, 0xef2f118b, 0x5a0a6d1f, 0x6d367ecf, 0x27cb09b7, 0x4f463f66, 0x9e5fea2d,
    0x7527bac7, 0xebe5f17b, 0x3d0739f7, 0x8a5292ea, 0x6bfb5fb1, 0x1f8d5d08, 0x56033046, 0xfc7b6bab};

// The fewest bits that make k times the first two parts exact for k up to 2^20.
constexpr double half_pi_parts[] = {0x1.921fb544p+0, 0x1.0b4611a6p-34, 0x1.3198a2e037073p-69};
constexpr double fast_limit = 1e6;

/// Cody and Waite: subtract k times π/2 in three parts.
Angle reduce_fast(Real x) {
  const double shifter = format(x).shifter;
  const Real shifted = fma(x, 0x1.45f306dc9c883p-1, x.constant(shifter));
  const Real k = shifted - shifter;
  const Real first = fma(k, -half_pi_parts[0], x);
  const auto [second, lost] = exact_sum(first, k * -half_pi_parts[1]);
  const auto [high, low] = exact_sum_ordered(second, fma(k, -half_pi_parts[2], lost));
  return {high, low, shifted.bits()};
}

/// Integer instructions of the function below, with the types that they need.
struct Words {
  llvm::IRBuilderBase& builder;

  llvm::Value* constant(std::uint64_t number) const { return builder.getInt64(number); }
  llvm::Value* low_word(llvm::Value* a) const { return builder.CreateAnd(a, 0xffffffff); }
  llvm::Value* high_word(llvm::Value* a) const { return builder.CreateLShr(a, 32); }
  llvm::Value* join(llvm::Value* high, llvm::Value* low) const {
    return builder.CreateOr(builder.CreateShl(high, 32), low);
  }
  /// The upper half of high:low << count.
  llvm::Value* shift_left(llvm::Value* high, llvm::Value* low, llvm::Value* count) const {
    return builder.CreateIntrinsic(llvm::Intrinsic::fshl, {high->getType()}, {high, low, count});
  }
};

/// 192 bits of 2/π from bit number `first` on, in words of 32, the lowest first.
std::array<llvm::Value*, 6> load_window(const Words& words, llvm::Value* first) {
  llvm::IRBuilderBase& builder = words.builder;
  llvm::Module& module = *builder.GetInsertBlock()->getModule();
  auto* data = llvm::ConstantDataArray::get(module.getContext(), two_over_pi);
  auto* table = new llvm::GlobalVariable(module, data->getType(), true,
                                         llvm::GlobalValue::PrivateLinkage, data, "two_over_pi");
  llvm::Value* start = builder.CreateLShr(first, 5);
  llvm::Value* shift = builder.CreateTrunc(builder.CreateAnd(first, 31), builder.getInt32Ty());
  std::array<llvm::Value*, 7> loaded;
  for (std::uint64_t i = 0; i < loaded.size(); ++i) {
    llvm::Value* place = builder.CreateAdd(start, words.constant(i));
    loaded[i] = builder.CreateLoad(builder.getInt32Ty(),
                                   builder.CreateGEP(builder.getInt32Ty(), table, place));
  }
  std::array<llvm::Value*, 6> window;
  for (std::size_t i = 0; i < window.size(); ++i)
    window[5 - i] =
        builder.CreateZExt(words.shift_left(loaded[i], loaded[i + 1], shift), builder.getInt64Ty());
  return window;
}

/// mantissa * window modulo 2^192.
std::array<llvm::Value*, 6> multiply(const Words& words, llvm::Value* mantissa,
                                     const std::array<llvm::Value*, 6>& window) {
  llvm::IRBuilderBase& builder = words.builder;
  std::array<llvm::Value*, 6> product;
  product.fill(words.constant(0));
  const std::array<llvm::Value*, 2> factor = {words.low_word(mantissa), words.high_word(mantissa)};
  for (std::size_t row = 0; row < factor.size(); ++row) {
    llvm::Value* carry = words.constant(0);
    for (std::size_t i = 0; i + row < product.size(); ++i) {
      llvm::Value* sum = builder.CreateAdd(builder.CreateMul(factor[row], window[i]), carry);
      sum = builder.CreateAdd(sum, product[i + row]);
      product[i + row] = words.low_word(sum);
      carry = words.high_word(sum);
    }
  }
  return product;
}

/// Payne and Hanek, "Radian reduction for trigonometric functions" (1983): of the product of x and
/// 2/π only bits below 4 matter, so multiply the mantissa by just the bits of 2/π that reach there.
/// For finite x of at least 1/2; returns {high, low, quadrant}.
void write_reduce_exact(llvm::IRBuilderBase& builder, llvm::Function& function,
                        const Machine& machine) {
  const Words words{builder};
  llvm::Value* x = function.getArg(0);
  llvm::Value* bits = builder.CreateBitCast(x, builder.getInt64Ty());
  llvm::Value* exponent = builder.CreateAnd(builder.CreateLShr(bits, 52), 0x7ff);
  llvm::Value* mantissa = builder.CreateOr(builder.CreateAnd(bits, (std::uint64_t{1} << 52) - 1),
                                           std::uint64_t{1} << 52);
  // x = mantissa · 2^(exponent - 1075), and bit i of the table is worth 2^(63 - i): the window
  // starts where the product with the mantissa's last bit is worth 2, so it is a number · 2^-190.
  llvm::Value* first = builder.CreateSub(exponent, words.constant(1075 + 2 - 64));
  const auto product = multiply(words, mantissa, load_window(words, first));
  llvm::Value* top = words.join(product[5], product[4]);
  llvm::Value* middle = words.join(product[3], product[2]);
  llvm::Value* bottom = words.join(product[1], product[0]);

  // Two bits of quadrant, then the fraction, read as a number from -1/2 to 1/2: sign and size.
  llvm::Value* two = words.constant(2);
  llvm::Value* fraction_high = words.shift_left(top, middle, two);
  llvm::Value* fraction_low = words.shift_left(middle, bottom, two);
  llvm::Value* above_half = builder.CreateLShr(fraction_high, 63);
  llvm::Value* quadrant = builder.CreateAdd(builder.CreateLShr(top, 62), above_half);
  llvm::Value* flip = builder.CreateNeg(above_half);
  llvm::Value* size_high = builder.CreateXor(fraction_high, flip);
  llvm::Value* size_low = builder.CreateXor(fraction_low, flip);

  // Without leading zeros, two pieces of 53 bits are exact in f64.
  llvm::Value* zeros =
      builder.CreateBinaryIntrinsic(llvm::Intrinsic::ctlz, size_high, builder.getFalse());
  llvm::Value* bits_high = words.shift_left(size_high, size_low, zeros);
  llvm::Value* bits_low = builder.CreateShl(size_low, zeros);
  llvm::Value* piece_high = builder.CreateLShr(bits_high, 11);
  llvm::Value* piece_low = builder.CreateOr(
      builder.CreateShl(builder.CreateAnd(bits_high, 0x7ff), 42), builder.CreateLShr(bits_low, 22));

  // Back to the place and the sign that both had.
  llvm::Value* negative = builder.CreateLShr(bits, 63);
  llvm::Value* sign = builder.CreateShl(builder.CreateXor(above_half, negative), 63);
  const Emitter emitter{builder, machine};
  const Bits unit = {
      &emitter, builder.CreateOr(
                    sign, builder.CreateShl(builder.CreateSub(words.constant(1023), zeros), 52))};
  const auto to_real = [&](llvm::Value* piece, double worth) {
    return Real{&emitter, builder.CreateSIToFP(piece, builder.getDoubleTy())} * worth * unit.real();
  };
  const Double turns = {to_real(piece_high, 0x1p-53), to_real(piece_low, 0x1p-106)};
  const Double half_pi = {unit.real().constant(0x1.921fb54442d18p+0),
                          unit.real().constant(0x1.1a62633145c07p-54)};
  const auto [high, low] = turns * half_pi;
  llvm::Value* is_negative = builder.CreateTrunc(negative, builder.getInt1Ty());
  llvm::Value* signed_quadrant =
      builder.CreateSelect(is_negative, builder.CreateNeg(quadrant), quadrant);
  llvm::Value* results[] = {high.value, low.value, signed_quadrant};
  builder.CreateAggregateRet(results, 3);
}

/// The results of `function` for every lane of x.
Angle map_lanes(llvm::Function* function, Real x) {
  llvm::IRBuilderBase& builder = x.emitter->builder;
  auto* vector = llvm::dyn_cast<llvm::FixedVectorType>(x.value->getType());
  const auto angle = [&](llvm::Value* high, llvm::Value* low, llvm::Value* quadrant) {
    return Angle{{x.emitter, high}, {x.emitter, low}, {x.emitter, quadrant}};
  };
  if (vector == nullptr) {
    llvm::Value* result = builder.CreateCall(function, {x.value});
    return angle(builder.CreateExtractValue(result, 0), builder.CreateExtractValue(result, 1),
                 builder.CreateExtractValue(result, 2));
  }

  llvm::BasicBlock* before = builder.GetInsertBlock();
  llvm::Function* parent = before->getParent();
  auto* loop = llvm::BasicBlock::Create(builder.getContext(), "lane", parent);
  auto* after = llvm::BasicBlock::Create(builder.getContext(), "", parent);
  builder.CreateBr(loop);
  builder.SetInsertPoint(loop);
  llvm::PHINode* lane = builder.CreatePHI(builder.getInt64Ty(), 2);
  lane->addIncoming(builder.getInt64(0), before);
  llvm::Value* argument = builder.CreateExtractElement(x.value, lane);
  llvm::Value* result = builder.CreateCall(function, {argument});
  std::array<llvm::Value*, 3> sums;
  llvm::Type* integers = vector->getWithNewType(builder.getInt64Ty());
  llvm::Type* const types[] = {vector, vector, integers};
  for (unsigned i = 0; i < 3; ++i) {
    llvm::PHINode* sum = builder.CreatePHI(types[i], 2);
    sum->moveBefore(lane);
    sum->addIncoming(llvm::PoisonValue::get(types[i]), before);
    sums[i] = builder.CreateInsertElement(sum, builder.CreateExtractValue(result, i), lane);
    sum->addIncoming(sums[i], loop);
  }
  llvm::Value* next = builder.CreateAdd(lane, builder.getInt64(1));
  lane->addIncoming(next, loop);
  builder.CreateCondBr(builder.CreateICmpEQ(next, builder.getInt64(vector->getNumElements())),
                       after, loop);
  builder.SetInsertPoint(after);
  return angle(sums[0], sums[1], sums[2]);
}

llvm::Function* exact_reduction(const Emitter& emitter) {
  llvm::IRBuilderBase& builder = emitter.builder;
  llvm::Type* number = builder.getDoubleTy();
  llvm::Type* result = llvm::StructType::get(number, number, builder.getInt64Ty());
  return outlined(builder, "gradc.half_pi", llvm::FunctionType::get(result, {number}, false),
                  [&](llvm::IRBuilderBase& inside, llvm::Function& function) {
                    write_reduce_exact(inside, function, emitter.machine);
                  });
}

}  // namespace

Angle reduce_by_half_pi(Real x) {
  llvm::IRBuilderBase& builder = x.emitter->builder;
  const Angle fast = reduce_fast(x);
  // Beyond the limit, and where the difference cancels too many digits, three parts are too few.
  const Mask is_hard = (abs(x) > fast_limit) | (abs(fast.high) < abs(x) * 0x1p-40);
  llvm::Value* any = is_hard.value->getType()->isVectorTy() ? builder.CreateOrReduce(is_hard.value)
                                                            : is_hard.value;

  llvm::BasicBlock* before = builder.GetInsertBlock();
  llvm::Function* parent = before->getParent();
  auto* rare = llvm::BasicBlock::Create(builder.getContext(), "hard", parent);
  auto* after = llvm::BasicBlock::Create(builder.getContext(), "reduced", parent);
  builder.CreateCondBr(any, rare, after);

  builder.SetInsertPoint(rare);
  const Angle exact = map_lanes(exact_reduction(*x.emitter), select(is_hard, x, fast_limit));
  const auto choose = [&](llvm::Value* hard, llvm::Value* easy) {
    return builder.CreateSelect(is_hard.value, hard, easy);
  };
  const std::array hard = {choose(exact.high.value, fast.high.value),
                           choose(exact.low.value, fast.low.value),
                           choose(exact.quadrant.value, fast.quadrant.value)};
  llvm::BasicBlock* rare_end = builder.GetInsertBlock();
  builder.CreateBr(after);

  builder.SetInsertPoint(after);
  const auto merge = [&](llvm::Value* easy, llvm::Value* precise) {
    llvm::PHINode* phi = builder.CreatePHI(easy->getType(), 2);
    phi->addIncoming(easy, before);
    phi->addIncoming(precise, rare_end);
    return phi;
  };
  return {{x.emitter, merge(fast.high.value, hard[0])},
          {x.emitter, merge(fast.low.value, hard[1])},
          {x.emitter, merge(fast.quadrant.value, hard[2])}};
}

}  // namespace gradc::codegen
