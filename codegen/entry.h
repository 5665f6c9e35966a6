#pragma once
/// The function that runs an entry of a program: `void NAME(const gradc_frame* frame)` (runtime.h).
#include <optional>
#include <string>
#include <vector>

#include "codegen/tasks.h"
#include "passes/plan_memory.h"

namespace llvm {
class Constant;
}

namespace gradc::codegen {

/// Where a buffer lies when the entry runs.
struct Buffer {
  passes::Place place = {};
  llvm::Constant* constant = nullptr;  ///< if set, there
};

struct KernelCall {
  std::vector<Task> tasks;
  std::vector<Buffer> buffers;  ///< operands, then outputs, then scratch
};

struct EntryCode {
  std::string symbol;
  std::vector<KernelCall> calls;
  std::vector<passes::Copy> copies;
  bool keep_denormals = false;
};
llvm::Function* emit_entry(llvm::Module& module, const Target& target, const EntryCode& entry);

}  // namespace gradc::codegen
