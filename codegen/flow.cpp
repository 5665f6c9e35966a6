#include "codegen/flow.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/MDBuilder.h>

#include <algorithm>
#include <limits>
#include <optional>

namespace gradc::codegen {

namespace {

std::optional<std::int64_t> constant_of(const llvm::Value* value) {
  if (const auto* constant = llvm::dyn_cast<llvm::ConstantInt>(value))
    return constant->getSExtValue();
  return std::nullopt;
}

std::optional<std::int64_t> trip_count(const Range& range) {
  const auto first = constant_of(range.first), last = constant_of(range.last);
  if (!first || !last) return std::nullopt;
  return *first >= *last ? 0 : (*last - *first + range.step - 1) / range.step;
}

llvm::BasicBlock* new_block(llvm::IRBuilderBase& builder, const char* name) {
  return llvm::BasicBlock::Create(builder.getContext(), name,
                                  builder.GetInsertBlock()->getParent());
}

std::vector<llvm::PHINode*> make_phis(llvm::IRBuilderBase& builder, const Carried& like) {
  std::vector<llvm::PHINode*> out;
  for (llvm::Value* value : like) out.push_back(builder.CreatePHI(value->getType(), 2));
  return out;
}

void add_incoming(const std::vector<llvm::PHINode*>& phis, const Carried& values,
                  llvm::BasicBlock* from) {
  for (std::size_t i = 0; i < phis.size(); ++i) phis[i]->addIncoming(values[i], from);
}

/// Where one loop follows another inside a third, registers belong to the one that runs more often.
/// LLVM takes all loops for equally long unless it is told.
llvm::MDNode* how_often(llvm::IRBuilderBase& builder, std::optional<std::int64_t> trips) {
  if (!trips) return nullptr;
  constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
  const auto again = static_cast<std::uint32_t>(std::min(*trips - 1, most));
  return llvm::MDBuilder(builder.getContext()).createBranchWeights(again, 1);
}

}  // namespace

Carried for_loop(llvm::IRBuilderBase& builder, const Range& range, Carried carried,
                 const std::function<Carried(llvm::Value*, Carried)>& body) {
  const std::optional<std::int64_t> trips = trip_count(range);
  if (trips && *trips <= std::max<std::int64_t>(range.unroll, 1)) {
    for (std::int64_t i = 0; i < *trips; ++i)
      carried =
          body(number(builder, *constant_of(range.first) + i * range.step), std::move(carried));
    return carried;
  }

  llvm::BasicBlock* before = builder.GetInsertBlock();
  llvm::BasicBlock* loop = new_block(builder, "loop");
  llvm::BasicBlock* after = new_block(builder, "after");
  if (trips)
    builder.CreateBr(loop);
  else
    builder.CreateCondBr(builder.CreateICmpSLT(range.first, range.last), loop, after);

  builder.SetInsertPoint(loop);
  llvm::PHINode* index = builder.CreatePHI(builder.getInt64Ty(), 2, "i");
  const std::vector<llvm::PHINode*> phis = make_phis(builder, carried);
  index->addIncoming(range.first, before);
  add_incoming(phis, carried, before);

  Carried next = body(index, Carried(phis.begin(), phis.end()));
  llvm::Value* following =
      builder.CreateNSWAdd(index, builder.getInt64(static_cast<std::uint64_t>(range.step)));
  llvm::BasicBlock* latch = builder.GetInsertBlock();
  builder.CreateCondBr(builder.CreateICmpSLT(following, range.last), loop, after,
                       how_often(builder, trips));
  index->addIncoming(following, latch);
  add_incoming(phis, next, latch);

  builder.SetInsertPoint(after);
  if (trips) return next;
  const std::vector<llvm::PHINode*> results = make_phis(builder, carried);
  add_incoming(results, carried, before);
  add_incoming(results, next, latch);
  return {results.begin(), results.end()};
}

void for_loop(llvm::IRBuilderBase& builder, const Range& range,
              const std::function<void(llvm::Value*)>& body) {
  for_loop(builder, range, {}, [&](llvm::Value* index, const Carried&) {
    body(index);
    return Carried();
  });
}

Carried if_else(llvm::IRBuilderBase& builder, llvm::Value* condition,
                const std::function<Carried()>& then, const std::function<Carried()>& otherwise) {
  llvm::BasicBlock* yes = new_block(builder, "then");
  llvm::BasicBlock* no = new_block(builder, "otherwise");
  llvm::BasicBlock* after = new_block(builder, "after");
  builder.CreateCondBr(condition, yes, no);

  builder.SetInsertPoint(yes);
  const Carried first = then();
  llvm::BasicBlock* end_of_yes = builder.GetInsertBlock();
  builder.CreateBr(after);
  builder.SetInsertPoint(no);
  const Carried second = otherwise();
  llvm::BasicBlock* end_of_no = builder.GetInsertBlock();
  builder.CreateBr(after);

  builder.SetInsertPoint(after);
  const std::vector<llvm::PHINode*> phis = make_phis(builder, first);
  add_incoming(phis, first, end_of_yes);
  add_incoming(phis, second, end_of_no);
  return {phis.begin(), phis.end()};
}

void if_then(llvm::IRBuilderBase& builder, llvm::Value* condition,
             const std::function<void()>& then) {
  llvm::BasicBlock* yes = new_block(builder, "then");
  llvm::BasicBlock* after = new_block(builder, "after");
  builder.CreateCondBr(condition, yes, after);
  builder.SetInsertPoint(yes);
  then();
  builder.CreateBr(after);
  builder.SetInsertPoint(after);
}

llvm::Value* number(llvm::IRBuilderBase& builder, std::int64_t value) {
  return builder.getInt64(static_cast<std::uint64_t>(value));
}

bool is_number(const llvm::Value* value, std::int64_t number) {
  return constant_of(value) == number;
}

llvm::Value* add(llvm::IRBuilderBase& builder, llvm::Value* a, llvm::Value* b) {
  if (is_number(a, 0)) return b;
  if (is_number(b, 0)) return a;
  return builder.CreateAdd(a, b);
}

llvm::Value* multiply(llvm::IRBuilderBase& builder, llvm::Value* a, std::int64_t b) {
  if (b == 0) return number(builder, 0);
  return b == 1 ? a : builder.CreateMul(a, number(builder, b));
}

std::pair<llvm::Value*, std::int64_t> split_constant(llvm::Value* value) {
  std::int64_t constant = 0;
  for (auto* sum = llvm::dyn_cast<llvm::BinaryOperator>(value);
       sum && sum->getOpcode() == llvm::Instruction::Add;
       sum = llvm::dyn_cast<llvm::BinaryOperator>(value)) {
    const auto part = constant_of(sum->getOperand(1));
    if (!part) break;
    constant += *part;
    value = sum->getOperand(0);
  }
  return {value, constant};
}

std::vector<llvm::Value*> decompose(llvm::IRBuilderBase& builder, llvm::Value* linear,
                                    const std::vector<std::int64_t>& extents) {
  std::vector<llvm::Value*> out(extents.size(), number(builder, 0));
  std::size_t first =
      0;  // extents of 1 at the front: their indices are 0, and nothing is left for them
  while (first + 1 < extents.size() && extents[first] == 1) ++first;
  for (std::size_t i = extents.size(); i-- > first + 1;) {
    if (extents[i] == 1) continue;
    out[i] = builder.CreateURem(linear, number(builder, extents[i]));
    linear = builder.CreateUDiv(linear, number(builder, extents[i]));
  }
  if (!extents.empty()) out[first] = linear;
  return out;
}

}  // namespace gradc::codegen
