// Philox4x32-10: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (2011).
#include <fmt/format.h>
#include <llvm/Analysis/VectorUtils.h>
#include <llvm/IR/IRBuilder.h>

#include <array>
#include <string>
#include <vector>

#include "codegen/arithmetic.h"
#include "codegen/outline.h"

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

/// The number that all lanes are; `value` if they may differ.
llvm::Value* same_for_all(llvm::Value* value) {
  llvm::Value* scalar = value->getType()->isVectorTy() ? llvm::getSplatValue(value) : nullptr;
  return scalar ? scalar : value;
}

llvm::Value* spread(llvm::IRBuilderBase& builder, llvm::Value* value, llvm::Type* type) {
  const auto* vector = llvm::dyn_cast<llvm::FixedVectorType>(type);
  if (!vector || value->getType()->isVectorTy()) return value;
  return builder.CreateVectorSplat(vector->getNumElements(), value);
}

/// `arguments`: seed, step, element and site, in lanes.
llvm::Value* uniform(llvm::IRBuilderBase& builder, const std::array<llvm::Value*, 4>& arguments,
                     std::size_t word_number, llvm::Type* result) {
  const auto& [seed, step, element, site] = arguments;
  const Philox philox{builder};
  const Words words =
      philox({element, philox.high_word(element), step, site}, {seed, philox.high_word(seed)});
  llvm::Value* word = words[word_number];
  // 24 bits, which f32 holds exactly; not negative, so the cheap signed conversion does.
  llvm::Type* narrow = word->getType()->getWithNewBitWidth(32);
  llvm::Value* bits = builder.CreateLShr(builder.CreateTrunc(word, narrow), 8);
  return builder.CreateFMul(builder.CreateSIToFP(bits, result),
                            llvm::ConstantFP::get(result, 0x1p-24));
}

}  // namespace

llvm::Value* random_uniform(llvm::IRBuilderBase& builder, const RandomArguments& arguments,
                            llvm::Type* result) {
  const auto& [seed, step, element, site_and_word] = arguments;
  const auto word = static_cast<std::size_t>(site_and_word & 3);
  llvm::Value* site = builder.getInt64(static_cast<std::uint32_t>(site_and_word >> 2));
  const std::array<llvm::Value*, 4> given = {same_for_all(seed), same_for_all(step), element, site};

  std::vector<llvm::Type*> types;
  std::string name = fmt::format("gradc.random{}.{}", word, describe(result));
  for (const llvm::Value* value : given) {
    types.push_back(value->getType());
    name += value->getType()->isVectorTy() ? "v" : "s";
  }
  const auto write = [&](llvm::IRBuilderBase& inside, llvm::Function& function) {
    std::array<llvm::Value*, 4> lanes;
    for (std::size_t i = 0; i < lanes.size(); ++i)
      lanes[i] = spread(inside, function.getArg(static_cast<unsigned>(i)), element->getType());
    inside.CreateRet(uniform(inside, lanes, word, result));
  };
  // Ten rounds are long: all sites call the same ones.
  llvm::Function* function =
      outlined(builder, name, llvm::FunctionType::get(result, types, false), write);
  return builder.CreateCall(function, given);
}

}  // namespace gradc::codegen
