#pragma once
/// Which equations of a `seq` block need each other, and in which direction they run.
///
/// One vertex per equation, one edge per use, its weight the offset: `h[t] = f(h[t-1], g[t])` uses
/// h at -1 and g at 0. Equations of a strong component are computed together, step by step:
/// forwards where they look back, backwards where they look ahead.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "frontend/ast.h"
#include "ir/diagnostics.h"

namespace gradc::frontend {

/// A name of the block where it is used: `h[t-1]` has the offset -1.
struct StepUse {
  std::string name;
  std::int64_t offset = 0;
  ir::Location location;
};

/// An equation of the block and what it uses of the block's own names.
struct StepEquation {
  const ast::Equation* equation;
  std::vector<StepUse> uses;

  bool defines(std::string_view name) const;
};

enum class Direction { none, forward, backward };

struct Recurrence {
  std::vector<std::size_t> equations;  ///< in an order in which a step can compute them
  Direction direction = Direction::none;
};

/// The recurrences in an order in which they can be computed. Nothing if an equation needs itself
/// at its own step, or steps on both sides; `step` is what the block calls the step.
std::optional<std::vector<Recurrence>> find_recurrences(std::span<const StepEquation> equations,
                                                        const std::string& step,
                                                        ir::Diagnostics& diagnostics);

/// "h[t-1]"
std::string step_text(const std::string& name, const std::string& step, std::int64_t offset);

}  // namespace gradc::frontend
