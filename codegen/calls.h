#pragma once
/// What an entry does: which kernel runs on which buffers, one after the other, and loops of that.
/// No LLVM here.
#include <cstdint>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "codegen/target.h"
#include "ir/kernel.h"
#include "passes/plan.h"

namespace gradc::codegen {

/// With every step of a loop, a buffer lies so many bytes further; or only in every other step.
struct Stride {
  std::size_t loop;  ///< how many loops are around that one
  std::int64_t bytes;
  std::int64_t ahead = 0;  ///< steps
  bool is_by_turns = false;
};

/// Where a buffer lies when the entry runs.
struct Buffer {
  passes::Place place = {};
  const ir::Node* constant = nullptr;  ///< if set, its values in read-only memory
  bool is_scratch = false;             ///< if set, the memory that kernels have in turns
  std::vector<Stride> strides = {};
  /// How many of the loops around change the values in it.
  std::size_t varies_in = 0;
};

/// A contraction copies one factor into the order in which it reads it, then works with the copy.
enum class Part { all, preparation, work };

struct KernelCall {
  std::size_t kernel;           ///< number in Kernels
  std::vector<Buffer> buffers;  ///< operands, then outputs, then scratch
  Part part = Part::all;
  const ir::Node* node = nullptr;  ///< the group that it computes
};

struct BufferCopy {
  Buffer from, to;
  std::int64_t bytes;
};

struct Action;
struct Loop {
  std::int64_t steps;
  bool is_reverse;
  std::vector<Action> body;
};
struct Action {
  std::variant<KernelCall, BufferCopy, Loop> what;
};

struct EntryCalls {
  std::vector<Action> actions;
  std::int64_t scratch = 0;      ///< where in the arena scratch memory begins
  std::int64_t arena_bytes = 0;  ///< the plan's part, and what scratch memory has no room in it
};

/// A kernel, and whether its prepared factor serves more than one call.
struct KernelCode {
  ir::Kernel kernel;
  bool keeps_factor = false;
  bool operator==(const KernelCode&) const = default;
};

/// The different kernels of a program, numbered: equal ones share their code.
class Kernels {
 public:
  std::size_t number(KernelCode code);
  const std::vector<KernelCode>& all() const { return all_; }

 private:
  std::vector<KernelCode> all_;
  std::unordered_multimap<std::string, std::size_t> by_text_;
};

EntryCalls calls_of(const ir::Graph& entry, const passes::GraphPlan& plan, const Target& target,
                    Kernels& kernels);

}  // namespace gradc::codegen
