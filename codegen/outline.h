#pragma once
/// Internal functions of a module that code generation writes once and calls from many places.
#include <functional>
#include <string>

namespace llvm {
class Function;
class FunctionType;
class IRBuilderBase;
class Type;
}  // namespace llvm

namespace gradc::codegen {

/// The internal function `name` of the module that `at` stands in. Where it is new, `write` is
/// given a builder at its beginning; it has no side effects and the target attributes of its first
/// caller.
llvm::Function* outlined(llvm::IRBuilderBase& at, const std::string& name, llvm::FunctionType* type,
                         const std::function<void(llvm::IRBuilderBase&, llvm::Function&)>& write);

/// For names: "f32x16"; a plain scalar is "f32".
std::string describe(llvm::Type* type);

}  // namespace gradc::codegen
