#include "codegen/parallel_code.h"

#include <llvm/Bitcode/BitcodeReader.h>
#include <llvm/Bitcode/BitcodeWriter.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetMachine.h>
#include <llvm/Transforms/Utils/SplitModule.h>

#include <algorithm>
#include <future>
#include <thread>

#include "codegen/optimize.h"

namespace gradc::codegen {

namespace {

constexpr unsigned instructions_of_a_part = 2000;  // which take some 0.1 seconds
constexpr unsigned parts_per_thread = 2;           // one may take longer than another
constexpr unsigned most_parts = 16;

std::string object_of(llvm::Module& module, const Target& target, OptLevel level) {
  const auto machine = make_target_machine(target, level);
  optimize(module, *machine, level);
  return machine_code(module, *machine, FileKind::object);
}

/// Parts may lie too far from each other for direct references: these go through tables that the
/// linker makes for symbols which may be anywhere.
void allow_any_distance(llvm::Module& part) {
  for (llvm::GlobalValue& symbol : part.global_values()) {
    if (symbol.hasLocalLinkage()) continue;
    symbol.setVisibility(llvm::GlobalValue::DefaultVisibility);
    symbol.setDSOLocal(false);
  }
}

/// A part as bytes, since a thread needs a context of its own to read it into.
using Bitcode = llvm::SmallVector<char, 0>;
std::vector<Bitcode> split(llvm::Module& module, unsigned parts) {
  std::vector<Bitcode> out;
  const auto take = [&](std::unique_ptr<llvm::Module> part) {
    allow_any_distance(*part);
    llvm::raw_svector_ostream stream(out.emplace_back());
    llvm::WriteBitcodeToFile(*part, stream);
  };
  llvm::SplitModule(module, parts, take, /*PreserveLocals=*/false, /*RoundRobin=*/true);
  return out;
}

std::string object_of(const Bitcode& part, const Target& target, OptLevel level) {
  llvm::LLVMContext context;
  const llvm::MemoryBufferRef bytes({part.data(), part.size()}, "part");
  const auto module = llvm::cantFail(llvm::parseBitcodeFile(bytes, context));
  return object_of(*module, target, level);
}

}  // namespace

unsigned choose_parts(const llvm::Module& module) {
  const unsigned threads = std::thread::hardware_concurrency();  // 0: nobody knows
  const unsigned most = threads > 1 ? std::min(threads * parts_per_thread, most_parts) : 1;
  return std::clamp(module.getInstructionCount() / instructions_of_a_part, 1U, most);
}

std::vector<std::string> objects_of(llvm::Module& module, const Target& target, OptLevel level,
                                    unsigned parts) {
  if (parts == 1) return {object_of(module, target, level)};

  const std::vector<Bitcode> all = split(module, parts);
  std::vector<std::future<std::string>> objects;
  for (const Bitcode& part : all)  // on this thread, in the end, if there is no other to be had
    objects.push_back(
        std::async([&part, &target, level] { return object_of(part, target, level); }));
  std::vector<std::string> out;
  for (auto& object : objects) out.push_back(object.get());
  return out;
}

}  // namespace gradc::codegen
