#pragma once
/// Ops for all steps of a sequence at once: what is computed in a loop over steps, outside of it.
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "ir/value.h"

namespace gradc::ir {

struct Op;

/// A value that a step reads, as it is outside the loop.
struct OfSteps {
  Value value;
  bool has_steps = false;  ///< one for each step, along a first axis; else one for all of them
};

/// Given the node `y` of one step, and its operands outside the loop, of which at least one has
/// steps: y of all steps, along a first axis.
///
///   y = transpose(x) {permutation = [1, 0]}   →   transpose(xs) {permutation = [0, 2, 1]}
using StepsRule = std::function<Value(Value y, std::span<const OfSteps> operands)>;

/// The rule of an op: its own, or that of its form; empty if it has none.
StepsRule steps_rule(const Op& op);

/// Operands in which the op of `y` is linear, and which include those that `varies` says; nothing
/// if it is not linear in those. (Integers round when they are divided, so they are left alone.)
std::optional<std::vector<std::size_t>> linear_group(const Node& y,
                                                     const std::vector<bool>& varies);

// ---- What rules are made of -------------------------------------------------------------------

/// A leading value for every list of axes: extents, starts, paddings.
std::vector<std::int64_t> prepended(std::int64_t first, std::vector<std::int64_t> rest);
/// Axes behind a new first one.
std::vector<std::int64_t> moved_on(std::vector<std::int64_t> axes);

/// The number of steps that the operands have.
std::int64_t steps_of(std::span<const OfSteps> operands);
/// The same value for each step, if it is one for all of them.
Value with_steps(const OfSteps& operand, std::int64_t steps);

/// Rows of tables that lie one behind the other, one table for each step, given ids of their rows
/// for each step; -1 for an id that is no row.
Value rows_of_steps(Value ids, std::int64_t rows);

/// For an op that treats all elements alike: the same on larger tensors.
Value elementwise_steps(Value y, std::span<const OfSteps> operands);

}  // namespace gradc::ir
