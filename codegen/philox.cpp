// Philox4x32-10: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (2011).
#include <llvm/IR/IRBuilder.h>

#include <array>

#include "codegen/arithmetic.h"

namespace gradc::codegen {

namespace {

/// A word is the low half of an i64 lane, whatever the high half holds: so products of words need
/// no conversions, and one instruction on most machines.
using Words = std::array<llvm::Value*, 4>;

struct Key {
  llvm::Value *low, *high;
};

struct Philox {
  llvm::IRBuilderBase& builder;

  llvm::Value* high_word(llvm::Value* wide) const { return builder.CreateLShr(wide, 32); }
  llvm::Value* product(llvm::Value* word, std::uint32_t factor) const {
    llvm::Type* type = word->getType();
    return builder.CreateMul(builder.CreateAnd(word, 0xffffffff),
                             llvm::ConstantInt::get(type, factor));
  }
  llvm::Value* exclusive_or(llvm::Value* a, llvm::Value* b, llvm::Value* c) const {
    return builder.CreateXor(builder.CreateXor(a, b), c);
  }
  llvm::Value* add(llvm::Value* word, std::uint32_t constant) const {
    return builder.CreateAdd(word, llvm::ConstantInt::get(word->getType(), constant));
  }

  Words round(const Words& counter, const Key& key) const {
    llvm::Value* first = product(counter[0], 0xD2511F53);
    llvm::Value* second = product(counter[2], 0xCD9E8D57);
    return {exclusive_or(high_word(second), counter[1], key.low), second,
            exclusive_or(high_word(first), counter[3], key.high), first};
  }

  Words operator()(Words counter, Key key) const {
    for (int i = 0; i < 10; ++i) {
      counter = round(counter, key);
      key = {add(key.low, 0x9E3779B9), add(key.high, 0xBB67AE85)};
    }
    return counter;
  }
};

}  // namespace

llvm::Value* random_uniform(llvm::IRBuilderBase& builder, const RandomArguments& arguments,
                            llvm::Type* result) {
  const auto& [seed, step, element, site_and_word] = arguments;
  const Philox philox{builder};
  const auto site = static_cast<std::uint32_t>(site_and_word >> 2);
  const Words words = philox(
      {element, philox.high_word(element), step, llvm::ConstantInt::get(element->getType(), site)},
      {seed, philox.high_word(seed)});
  llvm::Value* word = words[static_cast<std::size_t>(site_and_word & 3)];
  // 24 bits, which f32 holds exactly; not negative, so the cheap signed conversion does.
  llvm::Type* narrow = word->getType()->getWithNewBitWidth(32);
  llvm::Value* bits = builder.CreateLShr(builder.CreateTrunc(word, narrow), 8);
  return builder.CreateFMul(builder.CreateSIToFP(bits, result),
                            llvm::ConstantFP::get(result, 0x1p-24));
}

}  // namespace gradc::codegen
