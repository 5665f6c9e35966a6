#include "codegen/math.h"

#include <fmt/format.h>
#include <llvm/IR/IRBuilder.h>

#include <string>
#include <vector>

#include "codegen/outline.h"

namespace gradc::codegen {

Real call_outlined(const char* name, RealFunction body, std::span<const Real> arguments) {
  const Emitter& emitter = *arguments[0].emitter;
  llvm::Type* type = arguments[0].value->getType();
  auto* signature =
      llvm::FunctionType::get(type, std::vector<llvm::Type*>(arguments.size(), type), false);
  const auto write = [&](llvm::IRBuilderBase& builder, llvm::Function& function) {
    const Emitter inside{builder, emitter.machine};
    std::vector<Real> parameters;
    for (llvm::Argument& argument : function.args()) parameters.push_back({&inside, &argument});
    builder.CreateRet(body(parameters).value);
  };
  llvm::Function* function =
      outlined(emitter.builder, fmt::format("gradc.{}.{}", name, describe(type)), signature, write);

  std::vector<llvm::Value*> values;
  for (const Real& argument : arguments) values.push_back(argument.value);
  return {&emitter, emitter.builder.CreateCall(function, values)};
}

}  // namespace gradc::codegen
