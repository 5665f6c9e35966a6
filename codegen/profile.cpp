#include "codegen/profile.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Intrinsics.h>
#include <llvm/IR/Module.h>
#include <llvm/TargetParser/Triple.h>

#include <algorithm>
#include <cassert>
#include <chrono>
#include <span>

#include "codegen/flow.h"

namespace gradc::codegen {

namespace {

constexpr const char* totals_symbol = "gradc.profile.totals";
constexpr const char* events_symbol = "gradc.profile.events";
constexpr const char* event_count_symbol = "gradc.profile.event_count";
constexpr const char* now_symbol = "gradc.profile.now";

std::int64_t nanoseconds() {
  return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

/// Elsewhere user programs may not read the cycle counter.
bool has_cycle_counter(const llvm::Module& module) {
  return llvm::Triple(module.getTargetTriple()).isX86();
}

llvm::Value* emit_now(llvm::IRBuilderBase& builder, const llvm::Module& module) {
  if (has_cycle_counter(module))
    return builder.CreateIntrinsic(llvm::Intrinsic::readcyclecounter, {}, {});
  // The code runs in this process only, so an address of the process may stand in it.
  auto* address = builder.getInt64(reinterpret_cast<std::uint64_t>(&nanoseconds));
  return builder.CreateCall(llvm::FunctionType::get(builder.getInt64Ty(), {}, false),
                            builder.CreateIntToPtr(address, builder.getPtrTy()), {});
}

/// So many i64 that start as zeros.
llvm::GlobalVariable* new_table(llvm::Module& module, const char* name, std::uint64_t count) {
  auto* type = llvm::ArrayType::get(llvm::Type::getInt64Ty(module.getContext()), count);
  return new llvm::GlobalVariable(  // owned by the module
      module, type, false, llvm::GlobalValue::ExternalLinkage,
      llvm::ConstantAggregateZero::get(type), name);
}

/// Element `member` of row `row` of a table.
llvm::Value* cell(llvm::IRBuilderBase& builder, llvm::Value* table, llvm::Value* row,
                  std::int64_t members, std::int64_t member) {
  llvm::Value* at = add(builder, multiply(builder, row, members), number(builder, member));
  return builder.CreateGEP(builder.getInt64Ty(), table, at);
}

void increase(llvm::IRBuilderBase& builder, llvm::Value* place, llvm::Value* amount) {
  llvm::Value* value = builder.CreateLoad(builder.getInt64Ty(), place);
  builder.CreateStore(builder.CreateAdd(value, amount), place);
}

}  // namespace

ProfileCode::ProfileCode(llvm::Module& module)
    : module_(module),
      totals_(new_table(module, "stand-in", 0)),
      events_(new_table(module, events_symbol, 3 * most_events)),
      event_count_(new_table(module, event_count_symbol, 1)) {
  llvm::IRBuilder<> builder(module.getContext());
  auto* now = llvm::Function::Create(llvm::FunctionType::get(builder.getInt64Ty(), {}, false),
                                     llvm::Function::ExternalLinkage, now_symbol, module);
  builder.SetInsertPoint(llvm::BasicBlock::Create(module.getContext(), "entry", now));
  builder.CreateRet(emit_now(builder, module));
}

void ProfileCode::time(llvm::IRBuilderBase& builder, ProfileSite site,
                       const std::function<void()>& work) {
  llvm::Value* begin = emit_now(builder, module_);
  work();
  note(builder, begin, emit_now(builder, module_));
  site.entry = entry_;
  sites_.push_back(std::move(site));
}

void ProfileCode::note(llvm::IRBuilderBase& builder, llvm::Value* begin, llvm::Value* end) {
  llvm::Value* site = number(builder, static_cast<std::int64_t>(sites_.size()));
  increase(builder, cell(builder, totals_, site, 2, 0), number(builder, 1));
  increase(builder, cell(builder, totals_, site, 2, 1), builder.CreateSub(end, begin));

  // When nothing is recorded, the count is past the last event.
  llvm::Value* count = builder.CreateLoad(builder.getInt64Ty(), event_count_);
  if_then(builder, builder.CreateICmpULT(count, number(builder, most_events)), [&] {
    const std::int64_t members = 3;
    builder.CreateStore(site, cell(builder, events_, count, members, 0));
    builder.CreateStore(begin, cell(builder, events_, count, members, 1));
    builder.CreateStore(end, cell(builder, events_, count, members, 2));
  });
  builder.CreateStore(builder.CreateAdd(count, number(builder, 1)), event_count_);
}

void ProfileCode::finish() {
  llvm::GlobalVariable* totals = new_table(module_, totals_symbol, 2 * sites_.size());
  totals_->replaceAllUsesWith(totals);
  totals_->eraseFromParent();
  totals_ = totals;
}

Profile::Profile(std::vector<ProfileSite> sites, const NativeCode& code)
    : sites_(std::move(sites)) {
  std::string error;
  const auto find = [&](const char* symbol) {
    void* address = code.find(symbol, error);
    assert(address && "code with sites has their tables");
    return address;
  };
  totals_ = static_cast<SiteTotal*>(find(totals_symbol));
  events_ = static_cast<SiteEvent*>(find(events_symbol));
  event_count_ = static_cast<std::int64_t*>(find(event_count_symbol));
  now_ = reinterpret_cast<std::int64_t (*)()>(find(now_symbol));
  stop_recording();
}

std::vector<SiteTotal> Profile::totals() const { return {totals_, totals_ + sites_.size()}; }

void Profile::clear() { std::fill_n(totals_, sites_.size(), SiteTotal{}); }

void Profile::start_recording() { *event_count_ = 0; }

Profile::Recording Profile::stop_recording() {
  const std::int64_t kept = std::min(*event_count_, ProfileCode::most_events);
  Recording out{{events_, events_ + kept}, *event_count_ - kept};
  *event_count_ = ProfileCode::most_events;
  return out;
}

}  // namespace gradc::codegen
