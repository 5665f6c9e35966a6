#pragma once
/// Object code made by several threads.
#include <string>
#include <vector>

#include "codegen/target.h"

namespace llvm {
class Module;
}

namespace gradc::codegen {

/// Into how many parts to cut a module: 1 if there is little to compile, or if the machine can do
/// only one thing at a time.
unsigned choose_parts(const llvm::Module& module);

/// The optimized object code of a module, cut into parts that are compiled side by side: objects
/// that belong together. What a function computes does not depend on their number. Uses up the
/// module.
std::vector<std::string> objects_of(llvm::Module& module, const Target& target, OptLevel level,
                                    unsigned parts);

}  // namespace gradc::codegen
