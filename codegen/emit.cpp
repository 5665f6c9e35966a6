#include "codegen/emit.h"

#include <llvm/IR/Module.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetMachine.h>

#include "codegen/optimize.h"

namespace gradc::codegen {

std::optional<std::string> emit(const passes::Plan& plan, const Target& target,
                                const Options& options, OutputKind kind, std::string& error) {
  const Lowered lowered = lower(plan, target, options);
  const auto machine = make_target_machine(target, options.level);
  optimize(lowered.module(), *machine, options.level);
  if (kind == OutputKind::llvm_ir) {
    std::string text;
    llvm::raw_string_ostream stream(text);
    lowered.module().print(stream, nullptr);
    return text;
  }
  std::string bytes =
      machine_code(lowered.module(), *machine,
                   kind == OutputKind::object ? FileKind::object : FileKind::assembly);
  if (!bytes.empty()) return bytes;
  error = "the target " + target.triple + " cannot make such a file";
  return std::nullopt;
}

}  // namespace gradc::codegen
