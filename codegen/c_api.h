#pragma once
/// The functions of an emitted object that C programs call. The header (header.h) declares them,
/// the object defines them: both are made from the descriptions here.
#include <string>
#include <vector>

#include "codegen/lower.h"

namespace gradc::codegen {

/// An input `const T name[elements]` or an output `T name[elements]`.
struct CParameter {
  std::string name;
  ir::Type type;
  bool is_output = false;
};

/// `float xor_fit(xor_mem *m, const float x[8], const float y[4])`
struct CFunction {
  std::string symbol;
  std::size_t entry = 0;      ///< number of the entry it runs
  bool takes_seed = false;    ///< `unsigned long seed` comes next: of `init`
  bool returns_loss = false;  ///< the first result is returned, not stored: of steps
  ir::Type loss;
  bool changes_memory = false;  ///< commits to storage
  std::vector<CParameter> parameters;
};

/// One per entry, in their order.
std::vector<CFunction> c_functions(const passes::Plan& plan, const std::string& prefix);

/// Define them in a module that has the entries' frame functions.
void emit_c_functions(llvm::Module& module, const passes::Plan& plan, const Target& target,
                      const std::string& prefix);

}  // namespace gradc::codegen
