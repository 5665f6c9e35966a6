#include "codegen/lower.h"

#include <fmt/format.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>
#include <llvm/Target/TargetMachine.h>

#include <cassert>

#include "codegen/entry.h"
#include "codegen/names.h"

namespace gradc::codegen {

Lowered::Lowered(const std::string& name)
    : context_(std::make_unique<llvm::LLVMContext>()),
      module_(std::make_unique<llvm::Module>(name, *context_)) {}
Lowered::Lowered(Lowered&&) noexcept = default;
Lowered& Lowered::operator=(Lowered&&) noexcept = default;
Lowered::~Lowered() = default;

std::string frame_symbol(const std::string& prefix, const std::string& entry) {
  return fmt::format("{}_{}_frame", prefix, c_name(entry));
}

std::string prefix_of(const ir::Program& program, const Options& options) {
  return c_name(options.prefix.empty() ? program.name : options.prefix);
}

namespace {

void set_target(llvm::Module& module, const llvm::TargetMachine& machine, const Target& target) {
  module.setTargetTriple(target.triple);
  module.setDataLayout(machine.createDataLayout());
}

}  // namespace

Lowered lower(const ir::Kernel& kernel, const Target& target, const Options& options) {
  using passes::Region;
  Lowered out("kernel");
  const auto machine = make_target_machine(target, options.level);
  set_target(out.module(), *machine, target);

  KernelCall call{emit_tasks(out.module(), target, machine_of(*machine), kernel, "kernel"), {}};
  for (std::size_t i = 0; i < kernel.operands.size(); ++i)
    call.buffers.push_back({{Region::input, static_cast<std::int64_t>(i)}});
  for (std::size_t i = 0; i < kernel.outputs.size(); ++i)
    call.buffers.push_back({{Region::output, static_cast<std::int64_t>(i)}});
  call.buffers.push_back({{Region::arena, 0}});
  emit_entry(out.module(), target,
             {frame_symbol("kernel", "run"), {call}, {}, options.keep_denormals});
  out.arena_bytes = {scratch_bytes(kernel, target)};
  return out;
}

}  // namespace gradc::codegen
