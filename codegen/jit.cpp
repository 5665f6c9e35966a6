#include "codegen/jit.h"

#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/IR/Module.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Target/TargetMachine.h>

#include "codegen/optimize.h"

namespace gradc::codegen {

struct Jit::Code {
  std::unique_ptr<llvm::orc::LLJIT> jit;
};

Jit::Jit(std::unique_ptr<Code> code) : code_(std::move(code)) {}
Jit::Jit(Jit&&) noexcept = default;
Jit& Jit::operator=(Jit&&) noexcept = default;
Jit::~Jit() = default;

namespace {

/// Object code goes in: the same bytes that an object file would hold.
llvm::Expected<std::unique_ptr<llvm::orc::LLJIT>> link(const std::string& object) {
  auto jit = llvm::orc::LLJITBuilder().create();
  if (!jit) return jit.takeError();
  // memcpy and memset are the program's own.
  auto process = llvm::orc::DynamicLibrarySearchGenerator::GetForCurrentProcess(
      (*jit)->getDataLayout().getGlobalPrefix());
  if (!process) return process.takeError();
  (*jit)->getMainJITDylib().addGenerator(std::move(*process));
  if (auto error = (*jit)->addObjectFile(llvm::MemoryBuffer::getMemBufferCopy(object, "model")))
    return error;
  return jit;
}

}  // namespace

std::optional<Jit> Jit::load(Lowered lowered, const std::vector<std::string>& symbols,
                             const Target& target, const Options& options, std::string& error) {
  const auto machine = make_target_machine(target, options.level);
  optimize(lowered.module(), *machine, options.level);
  const std::string object = machine_code(lowered.module(), *machine, FileKind::object);

  auto linked = link(object);
  if (!linked) {
    error = llvm::toString(linked.takeError());
    return std::nullopt;
  }
  Jit out(std::make_unique<Code>(Code{std::move(*linked)}));
  for (const std::string& symbol : symbols) {
    auto address = out.code_->jit->lookup(symbol);
    if (!address) {
      error = llvm::toString(address.takeError());
      return std::nullopt;
    }
    out.entries_.push_back(address->toPtr<gradc_entry>());
  }
  out.arena_bytes_ = lowered.arena_bytes;
  return out;
}

std::optional<Jit> Jit::create(const passes::Plan& plan, const Target& target,
                               const Options& options, std::string& error) {
  const std::string prefix = prefix_of(plan.program, options);
  std::vector<std::string> symbols;
  for (const ir::Entry& entry : plan.program.entries)
    symbols.push_back(frame_symbol(prefix, entry.name));
  return load(lower(plan, target, options), symbols, target, options, error);
}

std::optional<Jit> Jit::create(const ir::Kernel& kernel, const Target& target,
                               const Options& options, std::string& error) {
  return load(lower(kernel, target, options), {frame_symbol("kernel", "run")}, target, options,
              error);
}

}  // namespace gradc::codegen
