#include "codegen/target.h"

#include <llvm/Analysis/TargetTransformInfo.h>
#include <llvm/IR/Function.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>
#include <llvm/MC/MCSubtargetInfo.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Target/TargetMachine.h>
#include <llvm/TargetParser/Host.h>

#include <algorithm>
#include <mutex>

namespace gradc::codegen {

namespace {

/// The compiler for this machine is enough for most runs, and quicker to start than all of them.
void initialize_native() {
  static std::once_flag once;
  std::call_once(once, [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    llvm::InitializeNativeTargetAsmParser();
  });
}

void initialize_all() {
  static std::once_flag once;
  std::call_once(once, [] {
    llvm::InitializeAllTargetInfos();
    llvm::InitializeAllTargets();
    llvm::InitializeAllTargetMCs();
    llvm::InitializeAllAsmPrinters();
    llvm::InitializeAllAsmParsers();
  });
}

const llvm::Target* look_up(const std::string& triple, std::string& error) {
  initialize_native();
  if (const llvm::Target* known = llvm::TargetRegistry::lookupTarget(triple, error)) return known;
  initialize_all();
  return llvm::TargetRegistry::lookupTarget(triple, error);
}

std::string host_features() {
  std::vector<std::string> features;
  for (const auto& feature : llvm::sys::getHostCPUFeatures())
    features.push_back((feature.second ? "+" : "-") + feature.first().str());
  std::ranges::sort(features);  // a StringMap has no order of its own
  std::string out;
  for (const std::string& feature : features) out += (out.empty() ? "" : ",") + feature;
  return out;
}

/// Ask LLVM, through a function that carries our attributes.
void measure(Target& target, const llvm::TargetMachine& machine) {
  llvm::LLVMContext context;
  llvm::Module module("probe", context);
  module.setDataLayout(machine.createDataLayout());
  auto* function =
      llvm::Function::Create(llvm::FunctionType::get(llvm::Type::getVoidTy(context), false),
                             llvm::Function::ExternalLinkage, "probe", module);
  add_target_attributes(*function, target);

  const llvm::TargetTransformInfo info = machine.getTargetTransformInfo(*function);
  const auto bits = info.getRegisterBitWidth(llvm::TargetTransformInfo::RGK_FixedWidthVector);
  target.vector_bytes = std::max(8, static_cast<int>(bits.getFixedValue() / 8));
  const auto registers = info.getNumberOfRegisters(info.getRegisterClassForType(true));
  target.vector_registers = std::clamp(static_cast<int>(registers), 8, 32);

  const auto vector_of = [&](llvm::Type* element, int bytes) {
    return llvm::FixedVectorType::get(element, static_cast<unsigned>(target.vector_bytes / bytes));
  };
  auto* reals = vector_of(llvm::Type::getFloatTy(context), 4);
  auto* bytes = vector_of(llvm::Type::getInt8Ty(context), 1);
  target.masked_access = info.isLegalMaskedLoad(reals, llvm::Align(4)) &&
                         info.isLegalMaskedLoad(bytes, llvm::Align(1)) &&
                         info.isLegalMaskedStore(bytes, llvm::Align(1));
  target.gathers = info.isLegalMaskedGather(reals, llvm::Align(4));
}

}  // namespace

Target host_target() {
  std::string error;
  const std::optional<Target> host = find_target("", "native", "", error);
  assert(host && "LLVM was built for the machine it runs on");
  return *host;
}

std::optional<Target> find_target(const std::string& triple, const std::string& cpu,
                                  const std::string& features, std::string& error) {
  const std::string native = llvm::sys::getDefaultTargetTriple();
  Target target;
  target.triple = triple.empty() ? native : llvm::Triple::normalize(triple);
  const bool is_host = cpu == "native" || (triple.empty() && cpu.empty() && features.empty());
  if (is_host && target.triple != native) {
    error = "the cpu `native` belongs to `" + native + "`, not to `" + target.triple + "`";
    return std::nullopt;
  }
  target.cpu = is_host ? llvm::sys::getHostCPUName().str() : cpu;
  target.features = is_host ? host_features() : "";
  if (!features.empty()) target.features += (target.features.empty() ? "" : ",") + features;

  const llvm::Target* known = look_up(target.triple, error);
  if (!known) return std::nullopt;
  const std::unique_ptr<llvm::MCSubtargetInfo> machine_info(
      known->createMCSubtargetInfo(target.triple, "", ""));
  if (!machine_info || (!target.cpu.empty() && !machine_info->isCPUStringValid(target.cpu))) {
    error = "there is no cpu `" + target.cpu + "` for `" + target.triple + "`";
    return std::nullopt;
  }
  const auto machine = make_target_machine(target, OptLevel::normal);
  if (!machine) {
    error = "no machine code can be made for `" + target.triple + "`";
    return std::nullopt;
  }
  measure(target, *machine);
  return target;
}

std::unique_ptr<llvm::TargetMachine> make_target_machine(const Target& target, OptLevel level) {
  std::string error;
  const llvm::Target* known = look_up(target.triple, error);
  if (!known) return nullptr;
  const auto effort =
      level == OptLevel::none ? llvm::CodeGenOptLevel::Less : llvm::CodeGenOptLevel::Default;
  return std::unique_ptr<llvm::TargetMachine>(
      known->createTargetMachine(target.triple, target.cpu, target.features, llvm::TargetOptions(),
                                 llvm::Reloc::PIC_, std::nullopt, effort));
}

void add_target_attributes(llvm::Function& function, const Target& target) {
  if (!target.cpu.empty()) function.addFnAttr("target-cpu", target.cpu);
  if (!target.features.empty()) function.addFnAttr("target-features", target.features);
  function.addFnAttr("prefer-vector-width", "512");
  function.addFnAttr("min-legal-vector-width", "512");
  function.addFnAttr(llvm::Attribute::NoUnwind);
}

}  // namespace gradc::codegen
