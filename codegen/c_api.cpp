#include "codegen/c_api.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>

#include <algorithm>

#include "codegen/scalar.h"
#include "codegen/tasks.h"

namespace gradc::codegen {

namespace {

/// Members of `PREFIX_mem` and, with the same meaning, the first ones of gradc_frame.
constexpr unsigned memory_members = 4;
enum FrameMember : unsigned { inputs = memory_members, outputs, parallel, pool, frame_members };

/// Builds one function: it fills a gradc_frame on the stack and runs the entry on the calling
/// thread.
class FunctionBuilder {
 public:
  FunctionBuilder(llvm::Module& module, const passes::Plan& plan, const Target& target,
                  const CFunction& function)
      : module_(module), plan_(plan), description_(function), builder_(module.getContext()) {
    function_ =
        llvm::Function::Create(type(), llvm::Function::ExternalLinkage, function.symbol, module);
    add_target_attributes(*function_, target);
    builder_.SetInsertPoint(llvm::BasicBlock::Create(module.getContext(), "entry", function_));
  }

  void build(const std::string& frame_function) {
    llvm::Value* loss = description_.returns_loss ? builder_.CreateAlloca(loss_type()) : nullptr;
    llvm::Value* memory = function_->getArg(0);
    if (description_.takes_seed) store_seed(memory);

    llvm::Value* frame = array(frame_members);
    for (unsigned member = 0; member < memory_members; ++member)
      set(frame, member, builder_.CreateLoad(pointer(), element(memory, member)));
    set(frame, inputs, pointers(false, nullptr));
    set(frame, outputs, pointers(true, loss));
    set(frame, parallel, null());
    set(frame, pool, null());
    builder_.CreateCall(module_.getFunction(frame_function), {frame});
    if (loss)
      builder_.CreateRet(builder_.CreateLoad(loss_type(), loss));
    else
      builder_.CreateRetVoid();
  }

 private:
  llvm::Type* pointer() { return builder_.getPtrTy(); }
  llvm::Value* null() { return llvm::ConstantPointerNull::get(builder_.getPtrTy()); }
  llvm::Type* loss_type() { return memory_type(module_.getContext(), description_.loss.dtype, 1); }

  llvm::FunctionType* type() {
    std::vector<llvm::Type*> arguments = {pointer()};
    if (description_.takes_seed) arguments.push_back(long_type(module_));
    arguments.insert(arguments.end(), description_.parameters.size(), pointer());
    llvm::Type* result = description_.returns_loss ? loss_type() : builder_.getVoidTy();
    return llvm::FunctionType::get(result, arguments, false);
  }

  llvm::Value* array(std::uint64_t size) {
    return builder_.CreateAlloca(llvm::ArrayType::get(pointer(), std::max<std::uint64_t>(size, 1)));
  }
  llvm::Value* element(llvm::Value* array, std::uint64_t index) {
    return builder_.CreateConstInBoundsGEP1_64(pointer(), array, index);
  }
  void set(llvm::Value* array, std::uint64_t index, llvm::Value* value) {
    builder_.CreateStore(value, element(array, index));
  }

  /// The caller's pointers to the inputs, or to the outputs, of which the loss is the first.
  llvm::Value* pointers(bool of_outputs, llvm::Value* loss) {
    std::vector<llvm::Value*> values;
    if (loss) values.push_back(loss);
    const unsigned first = description_.takes_seed ? 2 : 1;
    for (unsigned i = 0; i < description_.parameters.size(); ++i)
      if (description_.parameters[i].is_output == of_outputs)
        values.push_back(function_->getArg(first + i));
    llvm::Value* out = array(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) set(out, i, values[i]);
    return out;
  }

  /// The entry reads the seed from its counter; a model that draws no random numbers has none.
  void store_seed(llvm::Value* memory) {
    const auto& storage = plan_.program.storage;
    const auto slot = std::ranges::find(storage, "seed", &ir::Storage::name);
    if (slot == storage.end()) return;
    const passes::Place place =
        plan_.storage.slots[static_cast<std::size_t>(slot - storage.begin())];
    llvm::Value* region =
        builder_.CreateLoad(pointer(), element(memory, static_cast<unsigned>(place.region)));
    llvm::Value* address = builder_.CreateConstInBoundsGEP1_64(
        builder_.getInt8Ty(), region, static_cast<std::uint64_t>(place.offset));
    builder_.CreateStore(builder_.CreateZExt(function_->getArg(1), builder_.getInt64Ty()), address);
  }

  llvm::Module& module_;
  const passes::Plan& plan_;
  const CFunction& description_;
  llvm::IRBuilder<> builder_;
  llvm::Function* function_ = nullptr;
};

}  // namespace

void emit_c_functions(llvm::Module& module, const passes::Plan& plan, const Target& target,
                      const std::string& prefix) {
  for (const CFunction& function : c_functions(plan, prefix)) {
    const std::string& entry = plan.program.entries[function.entry].name;
    FunctionBuilder(module, plan, target, function).build(frame_symbol(prefix, entry));
  }
}

}  // namespace gradc::codegen
