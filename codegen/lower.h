#pragma once
/// Translate a plan to LLVM IR: one function per different kernel, one function per entry.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "codegen/profile.h"
#include "codegen/target.h"
#include "ir/kernel.h"
#include "passes/plan.h"

namespace llvm {
class LLVMContext;
class Module;
}  // namespace llvm

namespace gradc::codegen {

struct Options {
  OptLevel level = OptLevel::normal;
  bool keep_denormals = false;  ///< compute with them instead of counting them as zero: slow
  bool profile = false;         ///< entries note how long each task takes; in this process only
  std::string prefix = {};      ///< of the symbols; empty: made from the program's name
  unsigned parts = 0;  ///< that are compiled side by side, in this process only; 0: what pays
};

/// LLVM IR and the context it lives in.
class Lowered {
 public:
  explicit Lowered(const std::string& name);
  Lowered(Lowered&&) noexcept;
  Lowered& operator=(Lowered&&) noexcept;
  ~Lowered();

  llvm::Module& module() const { return *module_; }

  /// Bytes of the arena each entry needs: the plan's, and scratch memory of the kernels behind it.
  std::vector<std::int64_t> arena_bytes;
  /// With Options::profile.
  std::vector<ProfileSite> sites;

 private:
  std::unique_ptr<llvm::LLVMContext> context_;
  std::unique_ptr<llvm::Module> module_;
};

/// The whole program: for every entry a function `PREFIX_ENTRY_frame(const gradc_frame*)`, see
/// runtime.h, and the functions of the C header (header.h).
Lowered lower(const passes::Plan& plan, const Target& target, const Options& options = {});

/// One kernel as the entry `kernel_run_frame`: its operands are the inputs.
Lowered lower(const ir::Kernel& kernel, const Target& target, const Options& options = {});

/// As Lowered::arena_bytes, without lowering.
std::vector<std::int64_t> arena_bytes(const passes::Plan& plan, const Target& target);

/// The symbol of an entry.
std::string frame_symbol(const std::string& prefix, const std::string& entry);
/// What the symbols of a program start with.
std::string prefix_of(const ir::Program& program, const Options& options);

}  // namespace gradc::codegen
