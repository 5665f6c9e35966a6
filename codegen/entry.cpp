#include "codegen/entry.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>

#include <algorithm>
#include <array>
#include <span>

#include "codegen/denormals.h"
#include "codegen/flow.h"

namespace gradc::codegen {

namespace {

/// The members of gradc_frame.
enum Member : unsigned { parameters, optimizer, state, arena, inputs, outputs, parallel, pool };
constexpr unsigned member_count = 8;

/// A longer entry is several functions. LLVM takes more than proportional time to allocate
/// registers in one that never ends, because some values live all the way.
constexpr std::size_t most_actions = 256;

using Actions = std::span<const Action>;

class EntryBuilder {
 public:
  EntryBuilder(llvm::Module& module, const Target& target, const EntryCode& entry,
               llvm::GlobalValue::LinkageTypes linkage = llvm::Function::ExternalLinkage)
      : module_(module), target_(target), entry_(entry), builder_(module.getContext()) {
    function_ =
        llvm::Function::Create(llvm::FunctionType::get(builder_.getVoidTy(), {pointer()}, false),
                               linkage, entry.symbol, module);
    add_target_attributes(*function_, target);
    builder_.SetInsertPoint(llvm::BasicBlock::Create(module.getContext(), "entry", function_));
  }

  llvm::Function* build() {
    llvm::Value* saved = entry_.keep_denormals ? nullptr : flush_denormals(builder_);
    const Actions all = entry_.calls.actions;
    if (all.size() <= most_actions) emit_here(all);
    for (std::size_t first = 0; first < all.size() && all.size() > most_actions;
         first += most_actions)
      emit_apart(all.subspan(first, std::min(most_actions, all.size() - first)));
    restore_denormals(builder_, saved);
    builder_.CreateRetVoid();
    return function_;
  }

 private:
  void emit_here(Actions actions) {
    for (unsigned member = 0; member < member_count; ++member)
      frame_[member] = load(function_->getArg(0), member);
    const auto most = static_cast<std::int64_t>(most_buffers(actions));
    buffers_ = builder_.CreateAlloca(pointer(), number(builder_, most));
    emit(actions);
  }

  /// In a function of their own.
  void emit_apart(Actions actions) {
    EntryBuilder part(module_, target_, entry_, llvm::Function::InternalLinkage);
    part.emit_here(actions);
    part.builder_.CreateRetVoid();
    builder_.CreateCall(part.function_, {function_->getArg(0)});
  }

  static std::size_t most_buffers(Actions actions) {
    std::size_t most = 1;
    for (const Action& action : actions) {
      if (const auto* call = std::get_if<KernelCall>(&action.what))
        most = std::max(most, call->buffers.size());
      if (const auto* loop = std::get_if<Loop>(&action.what))
        most = std::max(most, most_buffers(loop->body));
    }
    return most;
  }

  llvm::Type* pointer() { return builder_.getPtrTy(); }

  /// Element `index` of an array of pointers.
  llvm::Value* load(llvm::Value* array, std::uint64_t index) {
    return builder_.CreateLoad(pointer(),
                               builder_.CreateConstInBoundsGEP1_64(pointer(), array, index));
  }

  // ---- Where buffers lie -------------------------------------------------------------------

  llvm::Value* address(const passes::Place& place) {
    using passes::Region;
    const auto offset = static_cast<std::uint64_t>(place.offset);
    if (place.region == Region::input) return load(frame_[inputs], offset);
    if (place.region == Region::output) return load(frame_[outputs], offset);
    static constexpr std::array members = {parameters, optimizer, state, arena};
    llvm::Value* base = frame_[members[static_cast<std::size_t>(place.region)]];
    return builder_.CreateConstInBoundsGEP1_64(builder_.getInt8Ty(), base, offset);
  }

  llvm::Value* address(const Buffer& buffer) {
    if (buffer.constant) return entry_.constant(*buffer.constant);
    if (buffer.is_scratch)
      return address(passes::Place{passes::Region::arena, entry_.calls.scratch});
    llvm::Value* offset = number(builder_, 0);
    for (const Stride& stride : buffer.strides) {
      llvm::Value* steps = add(builder_, steps_[stride.loop], number(builder_, stride.ahead));
      if (stride.is_by_turns) steps = builder_.CreateURem(steps, number(builder_, 2));
      offset = add(builder_, offset, multiply(builder_, steps, stride.bytes));
    }
    llvm::Value* base = address(buffer.place);
    if (is_number(offset, 0)) return base;
    return builder_.CreateInBoundsGEP(builder_.getInt8Ty(), base, offset);
  }

  // ---- What happens ------------------------------------------------------------------------

  void emit(Actions actions) {
    for (const Action& action : actions)
      std::visit([this](const auto& what) { emit(what); }, action.what);
  }

  void emit(const KernelCall& call) {
    for (std::size_t i = 0; i < call.buffers.size(); ++i)
      builder_.CreateStore(address(call.buffers[i]),
                           builder_.CreateConstInBoundsGEP1_64(pointer(), buffers_, i));
    for (const Task& task : entry_.tasks(call.kernel)) {
      if (!belongs_to(task, call.part)) continue;
      timed({task.function->getName().str(), call.node, task.role == Role::work},
            [&] { emit(task); });
    }
  }

  void emit(const Loop& loop) {
    for_loop(builder_, {number(builder_, 0), number(builder_, loop.steps)},
             [&](llvm::Value* iteration) {
               llvm::Value* last = number(builder_, loop.steps - 1);
               steps_.push_back(loop.is_reverse ? builder_.CreateSub(last, iteration) : iteration);
               emit(Actions(loop.body));
               steps_.pop_back();
             });
  }

  void emit(const Task& task) {
    llvm::Type* number = long_type(module_);
    const auto constant = [&](std::int64_t value) {
      return llvm::ConstantInt::get(number, static_cast<std::uint64_t>(value));
    };
    const auto run_here = [&] {
      builder_.CreateCall(task.function, {buffers_, constant(0), constant(task.pieces)});
      return Carried();
    };
    if (task.grain == 0 || !entry_.is_shared) {
      run_here();
      return;
    }
    const auto share = [&] {
      auto* type = llvm::FunctionType::get(
          builder_.getVoidTy(), {pointer(), pointer(), pointer(), number, number}, false);
      builder_.CreateCall(type, frame_[parallel],
                          {frame_[pool], on_other_threads(task.function), buffers_,
                           constant(task.pieces), constant(task.grain)});
      return Carried();
    };
    if_else(builder_, builder_.CreateIsNotNull(frame_[parallel]), share, run_here);
  }

  /// The task as threads call it, whose treatment of denormals is not ours to assume.
  llvm::Function* on_other_threads(llvm::Function* task) {
    if (entry_.keep_denormals) return task;
    const std::string name = (task->getName() + ".shared").str();
    if (llvm::Function* known = module_.getFunction(name)) return known;
    auto* function = llvm::Function::Create(task->getFunctionType(),
                                            llvm::Function::InternalLinkage, name, module_);
    add_target_attributes(*function, target_);
    llvm::IRBuilder<> builder(llvm::BasicBlock::Create(module_.getContext(), "entry", function));
    llvm::Value* saved = flush_denormals(builder);
    builder.CreateCall(task, {function->getArg(0), function->getArg(1), function->getArg(2)});
    restore_denormals(builder, saved);
    builder.CreateRetVoid();
    return function;
  }

  void emit(const BufferCopy& copy) {
    const llvm::Align alignment(1);  // the caller's memory has no better one
    timed({"copy"}, [&] {
      builder_.CreateMemCpy(address(copy.to), alignment, address(copy.from), alignment,
                            static_cast<std::uint64_t>(copy.bytes));
    });
  }

  void timed(ProfileSite site, const std::function<void()>& work) {
    if (!entry_.profile) return work();
    entry_.profile->time(builder_, std::move(site), work);
  }

  llvm::Module& module_;
  const Target& target_;
  const EntryCode& entry_;
  llvm::IRBuilder<> builder_;
  llvm::Function* function_;
  std::array<llvm::Value*, member_count> frame_ = {};
  llvm::Value* buffers_ = nullptr;
  std::vector<llvm::Value*> steps_;  // of the loops around, outermost first
};

}  // namespace

llvm::Function* emit_entry(llvm::Module& module, const Target& target, const EntryCode& entry) {
  return EntryBuilder(module, target, entry).build();
}

}  // namespace gradc::codegen
