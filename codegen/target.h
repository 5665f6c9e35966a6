#pragma once
/// The machine that code is made for, and the few facts about it that loops and tiles are chosen
/// by.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "ir/type.h"

namespace llvm {
class Function;
class TargetMachine;
}  // namespace llvm

namespace gradc::codegen {

enum class OptLevel { none, normal };

struct Target {
  std::string triple;    ///< "x86_64-pc-linux-gnu"
  std::string cpu;       ///< as LLVM names it; "" is the least machine of the triple
  std::string features;  ///< "+avx2,-avx512f": changes to what the cpu has

  int vector_bytes = 16;  ///< of a vector register, at least 8
  int vector_registers = 16;
  bool masked_access = false;  ///< there are masked loads and stores for elements of every size
  bool gathers = false;        ///< there is an instruction that loads each lane from its own place
  /// What blocks of a contraction are made for: not asked of the machine, so that the order of sums
  /// does not depend on where the compiler runs.
  std::int64_t l1_bytes = 32 << 10;
  std::int64_t l2_bytes = 1 << 20;

  /// Elements of `bytes` bytes in a vector register.
  int lanes(std::int64_t bytes) const { return static_cast<int>(vector_bytes / bytes); }
};

/// The machine this runs on.
Target host_target();

/// A target by name, or the reason why there is none. An empty triple is the host's; then the cpu
/// "native" or "" and no features is the host itself.
std::optional<Target> find_target(const std::string& triple, const std::string& cpu,
                                  const std::string& features, std::string& error);

/// LLVM's side of it.
std::unique_ptr<llvm::TargetMachine> make_target_machine(const Target& target, OptLevel level);

/// What every function we emit says about the machine: without the preferred width LLVM would split
/// 512-bit vectors in two on most machines that have them.
void add_target_attributes(llvm::Function& function, const Target& target);

}  // namespace gradc::codegen
