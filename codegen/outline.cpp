#include "codegen/outline.h"

#include <fmt/format.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>

namespace gradc::codegen {

namespace {

void copy_target_attributes(const llvm::Function& from, llvm::Function& to) {
  // Caller and callee must agree on these about how vectors are passed.
  for (const char* name :
       {"target-cpu", "target-features", "prefer-vector-width", "min-legal-vector-width"})
    if (from.hasFnAttribute(name)) to.addFnAttr(from.getFnAttribute(name));
}

}  // namespace

llvm::Function* outlined(llvm::IRBuilderBase& at, const std::string& name, llvm::FunctionType* type,
                         const std::function<void(llvm::IRBuilderBase&, llvm::Function&)>& write) {
  llvm::Function& caller = *at.GetInsertBlock()->getParent();
  llvm::Module& module = *caller.getParent();
  if (llvm::Function* known = module.getFunction(name)) return known;

  auto* function = llvm::Function::Create(type, llvm::GlobalValue::InternalLinkage, name, module);
  function->setDoesNotThrow();
  function->setDoesNotAccessMemory();
  function->setWillReturn();
  copy_target_attributes(caller, *function);
  llvm::IRBuilder<> builder(llvm::BasicBlock::Create(module.getContext(), "", function));
  write(builder, *function);
  return function;
}

std::string describe(llvm::Type* type) {
  const auto* vector = llvm::dyn_cast<llvm::FixedVectorType>(type);
  const char* element = type->getScalarType()->isFloatTy() ? "f32" : "f64";
  return vector ? fmt::format("{}x{}", element, vector->getNumElements()) : element;
}

}  // namespace gradc::codegen
