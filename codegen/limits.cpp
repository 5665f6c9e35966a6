#include "codegen/limits.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Intrinsics.h>
#include <llvm/IR/Module.h>
#include <llvm/Target/TargetMachine.h>

#include "codegen/flow.h"
#include "codegen/optimize.h"
#include "codegen/scalar.h"
#include "codegen/tasks.h"

namespace gradc::codegen {

namespace {

/// So many vectors are read or updated one after the other.
constexpr std::int64_t vectors_per_turn = 8;

/// Independent sums: enough for any latency, few enough for the registers.
std::int64_t sums(const Target& target) { return target.vector_registers * 3 / 4; }

class LoopsBuilder {
 public:
  LoopsBuilder(llvm::Module& module, const Target& target)
      : module_(module), target_(target), builder_(module.getContext()) {}

  /// x = a x + b, in every register.
  void arithmetic(const char* name, ir::DType dtype) {
    open(name);
    const std::vector<llvm::Value*> a_and_b = {scalar(dtype, 0), scalar(dtype, 1)};
    llvm::Value* a = builder_.CreateVectorSplat(lanes(dtype), a_and_b[0]);
    llvm::Value* b = builder_.CreateVectorSplat(lanes(dtype), a_and_b[1]);
    Carried x;
    for (std::int64_t i = 0; i < sums(target_); ++i)
      x.push_back(llvm::ConstantFP::get(a->getType(), static_cast<double>(i)));
    x = for_loop(builder_, {begin_, end_}, std::move(x), [&](llvm::Value*, Carried now) {
      for (llvm::Value*& value : now)
        value = builder_.CreateIntrinsic(llvm::Intrinsic::fmuladd, {a->getType()}, {value, a, b});
      return now;
    });
    close(std::move(x));
  }

  void read() {
    open("read");
    const Carried zeros(vectors_per_turn, llvm::ConstantFP::get(vector(), 0));
    close(walk(zeros, [&](llvm::Value* place, llvm::Value* sum) {
      return builder_.CreateFAdd(sum, load(place));
    }));
  }

  void update() {
    open("update");
    const Carried nothing(vectors_per_turn, llvm::ConstantFP::get(vector(), 0));
    llvm::Value* half = llvm::ConstantFP::get(vector(), 0.5);
    close(walk(nothing, [&](llvm::Value* place, llvm::Value* carried) {
      builder_.CreateAlignedStore(builder_.CreateFMul(load(place), half), place, alignment());
      return carried;
    }));
  }

 private:
  using Visit = std::function<llvm::Value*(llvm::Value* place, llvm::Value* carried)>;

  /// Over all vectors, as often as asked for.
  Carried walk(const Carried& start, const Visit& visit) {
    llvm::Value* times = builder_.CreateLoad(builder_.getInt64Ty(), buffer(1));
    const std::int64_t step = target_.vector_bytes * vectors_per_turn;
    const auto turn = [&](llvm::Value* offset, Carried now) {
      std::int64_t further = 0;
      for (llvm::Value*& value : now) {
        llvm::Value* at = add(builder_, offset, number(builder_, further));
        value = visit(builder_.CreateGEP(builder_.getInt8Ty(), memory_, at), value);
        further += target_.vector_bytes;
      }
      return now;
    };
    return for_loop(builder_, {number(builder_, 0), times}, start, [&](llvm::Value*, Carried now) {
      return for_loop(builder_, {begin_, end_, step}, std::move(now), turn);
    });
  }

  void open(const char* name) {
    llvm::Type* number = long_type(module_);
    auto* type =
        llvm::FunctionType::get(builder_.getVoidTy(), {builder_.getPtrTy(), number, number}, false);
    function_ = llvm::Function::Create(type, llvm::Function::ExternalLinkage, name, module_);
    add_target_attributes(*function_, target_);
    builder_.SetInsertPoint(llvm::BasicBlock::Create(module_.getContext(), "entry", function_));
    memory_ = buffer(0);
    begin_ = builder_.CreateSExt(function_->getArg(1), builder_.getInt64Ty());
    end_ = builder_.CreateSExt(function_->getArg(2), builder_.getInt64Ty());
  }

  /// The results go somewhere, or nothing would be computed.
  void close(Carried results) {
    llvm::Value* sum = results.front();
    for (std::size_t i = 1; i < results.size(); ++i) sum = builder_.CreateFAdd(sum, results[i]);
    llvm::BasicBlock& entry = function_->getEntryBlock();
    llvm::IRBuilder<> at_entry(&entry, entry.begin());
    builder_.CreateStore(sum, at_entry.CreateAlloca(sum->getType()), /*isVolatile=*/true);
    builder_.CreateRetVoid();
  }

  llvm::Value* buffer(std::uint64_t index) {
    llvm::Type* pointer = builder_.getPtrTy();
    return builder_.CreateLoad(
        pointer, builder_.CreateConstInBoundsGEP1_64(pointer, function_->getArg(0), index));
  }

  llvm::Value* scalar(ir::DType dtype, std::uint64_t index) {
    llvm::Type* type = memory_type(module_.getContext(), dtype, 1);
    return builder_.CreateLoad(type, builder_.CreateConstInBoundsGEP1_64(type, memory_, index));
  }

  unsigned lanes(ir::DType dtype) const {
    return static_cast<unsigned>(target_.lanes(byte_size(dtype)));
  }
  llvm::Type* vector() {
    return memory_type(module_.getContext(), ir::DType::f32, lanes(ir::DType::f32));
  }
  llvm::Align alignment() const {
    return llvm::Align(static_cast<std::uint64_t>(target_.vector_bytes));
  }
  llvm::Value* load(llvm::Value* place) {
    return builder_.CreateAlignedLoad(vector(), place, alignment());
  }

  llvm::Module& module_;
  const Target& target_;
  llvm::IRBuilder<> builder_;
  llvm::Function* function_ = nullptr;
  llvm::Value *memory_ = nullptr, *begin_ = nullptr, *end_ = nullptr;
};

std::string object_code(const Target& target) {
  const auto machine = make_target_machine(target, OptLevel::normal);
  llvm::LLVMContext context;
  llvm::Module module("limits", context);
  module.setTargetTriple(target.triple);
  module.setDataLayout(machine->createDataLayout());
  LoopsBuilder loops(module, target);
  loops.arithmetic("f32", ir::DType::f32);
  loops.arithmetic("f64", ir::DType::f64);
  loops.read();
  loops.update();
  optimize(module, *machine, OptLevel::normal);
  return machine_code(module, *machine, FileKind::object);
}

}  // namespace

std::optional<Limits> compile_limits(const Target& target, std::string& error) {
  auto code = NativeCode::link({object_code(target)}, error);
  if (!code) return std::nullopt;
  const auto task = [&](const char* name) {
    return reinterpret_cast<gradc_task>(code->find(name, error));
  };
  const auto arithmetic = [&](const char* name, ir::DType dtype) {
    return Limits::Arithmetic{task(name), 2 * sums(target) * target.lanes(byte_size(dtype))};
  };
  Limits out{arithmetic("f32", ir::DType::f32),
             arithmetic("f64", ir::DType::f64),
             task("read"),
             task("update"),
             target.vector_bytes * vectors_per_turn,
             std::move(*code)};
  if (!error.empty()) return std::nullopt;
  return out;
}

}  // namespace gradc::codegen
