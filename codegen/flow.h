#pragma once
/// Loops and branches in LLVM IR, in SSA form from the start: values that change from one iteration
/// to the next are carried through.
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace llvm {
class IRBuilderBase;
class Value;
}  // namespace llvm

namespace gradc::codegen {

/// Values carried from iteration to iteration.
using Carried = std::vector<llvm::Value*>;

/// What a loop runs over: first, first + step, … below last. All are i64.
struct Range {
  llvm::Value* first;
  llvm::Value* last;
  std::int64_t step = 1;
  /// Write out up to so many iterations one after the other if their number is known.
  std::int64_t unroll = 1;
};

/// Run `body(index, carried)` over the range; it returns what the next iteration gets. The result
/// is what the last one returned.
Carried for_loop(llvm::IRBuilderBase& builder, const Range& range, Carried carried,
                 const std::function<Carried(llvm::Value*, Carried)>& body);
void for_loop(llvm::IRBuilderBase& builder, const Range& range,
              const std::function<void(llvm::Value*)>& body);

/// The values that `then` or `otherwise` return, one each.
Carried if_else(llvm::IRBuilderBase& builder, llvm::Value* condition,
                const std::function<Carried()>& then, const std::function<Carried()>& otherwise);
void if_then(llvm::IRBuilderBase& builder, llvm::Value* condition,
             const std::function<void()>& then);

/// The number as an i64.
llvm::Value* number(llvm::IRBuilderBase& builder, std::int64_t value);
/// Is it that constant?
bool is_number(const llvm::Value* value, std::int64_t number);

/// Sum and product of i64 values, without the parts that add nothing.
llvm::Value* add(llvm::IRBuilderBase& builder, llvm::Value* a, llvm::Value* b);
llvm::Value* multiply(llvm::IRBuilderBase& builder, llvm::Value* a, std::int64_t b);

/// x + c  →  x and c; anything else is itself and 0.
std::pair<llvm::Value*, std::int64_t> split_constant(llvm::Value* value);

/// A linear index as one index per extent, the last extent fastest; all but the first are bounded.
std::vector<llvm::Value*> decompose(llvm::IRBuilderBase& builder, llvm::Value* linear,
                                    const std::vector<std::int64_t>& extents);

}  // namespace gradc::codegen
