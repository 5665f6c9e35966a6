#pragma once
/// The function that runs an entry of a program: `void NAME(const gradc_frame* frame)` (runtime.h).
#include <functional>
#include <string>
#include <vector>

#include "codegen/calls.h"
#include "codegen/profile.h"
#include "codegen/tasks.h"

namespace llvm {
class Constant;
}

namespace gradc::codegen {

struct EntryCode {
  std::string symbol;
  EntryCalls calls;
  bool keep_denormals = false;
  ProfileCode* profile = nullptr;  ///< if set, the entry notes how long each task takes
  TasksOf tasks;
  std::function<llvm::Constant*(const ir::Node& constant)> constant = {};
  bool is_shared = true;  ///< by threads, if the host has some (sharing.h)
};
llvm::Function* emit_entry(llvm::Module& module, const Target& target, const EntryCode& entry);

}  // namespace gradc::codegen
