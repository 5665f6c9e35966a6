#pragma once
/// Compile into this process.
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "codegen/lower.h"
#include "codegen/native_code.h"
#include "runtime/runtime.h"

namespace gradc::codegen {

/// Compiled code, which lives as long as this object. The code itself has no state: any number of
/// threads may run it.
class Jit {
 public:
  /// Nothing and a reason if LLVM refuses: a target other than this machine, no executable memory.
  static std::optional<Jit> create(const passes::Plan& plan, const Target& target,
                                   const Options& options, std::string& error);
  /// One kernel: call run().
  static std::optional<Jit> create(const ir::Kernel& kernel, const Target& target,
                                   const Options& options, std::string& error);

  /// An entry of the plan by number, and the bytes of the arena it wants (aligned to
  /// passes::alignment).
  gradc_entry entry(std::size_t number) const { return entries_[number]; }
  std::int64_t arena_bytes(std::size_t number) const { return arena_bytes_[number]; }
  /// The functions of entries and kernels.
  std::vector<NativeFunction> functions() const { return code_.functions(); }
  /// What entries note, with Options::profile.
  Profile& profile() { return profile_; }

 private:
  explicit Jit(NativeCode code) : code_(std::move(code)) {}
  static std::optional<Jit> load(Lowered lowered, const std::vector<std::string>& symbols,
                                 const Target& target, const Options& options, std::string& error);

  NativeCode code_;
  std::vector<gradc_entry> entries_;
  std::vector<std::int64_t> arena_bytes_;
  Profile profile_;
};

}  // namespace gradc::codegen
