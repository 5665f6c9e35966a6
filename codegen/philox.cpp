// Philox4x32-10: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (2011).
#include <llvm/IR/IRBuilder.h>

#include <array>

#include "codegen/arithmetic.h"

namespace gradc::codegen {

namespace {

using Words = std::array<llvm::Value*, 4>;

struct Halves {
  llvm::Value *low, *high;
};

/// Words are i32 lanes; products of words are i64.
struct Philox {
  llvm::IRBuilderBase& builder;
  llvm::Type* word;

  Halves split(llvm::Value* wide) const {
    return {builder.CreateTrunc(wide, word),
            builder.CreateTrunc(builder.CreateLShr(wide, 32), word)};
  }
  Halves multiply(llvm::Value* a, std::uint32_t factor) const {
    llvm::Type* wide = word->getWithNewBitWidth(64);
    return split(
        builder.CreateMul(builder.CreateZExt(a, wide), llvm::ConstantInt::get(wide, factor)));
  }
  llvm::Value* exclusive_or(llvm::Value* a, llvm::Value* b, llvm::Value* c) const {
    return builder.CreateXor(builder.CreateXor(a, b), c);
  }

  Words round(const Words& counter, const Halves& key) const {
    const Halves first = multiply(counter[0], 0xD2511F53),
                 second = multiply(counter[2], 0xCD9E8D57);
    return {exclusive_or(second.high, counter[1], key.low), second.low,
            exclusive_or(first.high, counter[3], key.high), first.low};
  }

  Words operator()(Words counter, Halves key) const {
    for (int i = 0; i < 10; ++i) {
      counter = round(counter, key);
      key.low = builder.CreateAdd(key.low, llvm::ConstantInt::get(word, 0x9E3779B9));
      key.high = builder.CreateAdd(key.high, llvm::ConstantInt::get(word, 0xBB67AE85));
    }
    return counter;
  }
};

}  // namespace

llvm::Value* random_uniform(llvm::IRBuilderBase& builder, const RandomArguments& arguments,
                            llvm::Type* result) {
  const auto& [seed, step, element, site_and_word] = arguments;
  const Philox philox{builder, seed->getType()->getWithNewBitWidth(32)};
  const Halves counter = philox.split(element);
  const auto site = static_cast<std::uint32_t>(site_and_word >> 2);
  const Words words = philox({counter.low, counter.high, philox.split(step).low,
                              llvm::ConstantInt::get(philox.word, site)},
                             philox.split(seed));
  llvm::Value* word = words[static_cast<std::size_t>(site_and_word & 3)];
  // 24 bits, which f32 holds exactly; not negative, so the cheap signed conversion does.
  llvm::Value* integer = builder.CreateSIToFP(builder.CreateLShr(word, 8), result);
  return builder.CreateFMul(integer, llvm::ConstantFP::get(result, 0x1p-24));
}

}  // namespace gradc::codegen
