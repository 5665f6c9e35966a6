#pragma once
/// A kernel as functions that threads can share.
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "codegen/calls.h"
#include "codegen/scalar.h"
#include "codegen/target.h"

namespace llvm {
class Function;
class Module;
}  // namespace llvm

namespace gradc::codegen {

enum class Role {
  preparation,  ///< fills scratch memory for the others, maybe for several calls
  work,
  finish,  ///< what is left to do when all pieces of the work are done
};

/// `void task(ptr buffers, long begin, long end)`: some pieces of a kernel. `buffers` are the
/// operands, then the outputs, then the kernel's scratch memory.
struct Task {
  llvm::Function* function;
  std::int64_t pieces;
  std::int64_t grain;  ///< pieces a thread takes at once; 0: too little work to share
  double cycles;       ///< estimate of all pieces
  Role role = Role::work;
};

/// Does a call of this part of the kernel run the task?
bool belongs_to(const Task& task, Part part);

/// The tasks of a kernel, by its number in Kernels.
using TasksOf = std::function<const std::vector<Task>&(std::size_t kernel)>;

/// Put a kernel's tasks into a module, with names that start with `name`: in the order they must
/// run, each after the one before is done.
std::vector<Task> emit_tasks(llvm::Module& module, const Target& target, const Machine& machine,
                             const KernelCode& code, const std::string& name);

/// C's `long`, as runtime.h uses it.
llvm::Type* long_type(const llvm::Module& module);

}  // namespace gradc::codegen
