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

struct Scope;

/// What an equation of the block defines: an element of a sequence, `h[t] = …`; a value of this
/// step, `a = …`; what a buffer or state is from the next step on, `total <- …`.
enum class StepTargetKind { sequence, temporary, storage };
struct StepTarget {
  std::string name;
  /// The name, or one of its own for a temporary that is defined anew: `y = y + 1`.
  std::string key;
  StepTargetKind kind;
  ir::Location location;
};

/// A target where it is used: `h[t-1]` has the offset -1, and so has a state.
struct StepUse {
  std::string name, key;
  std::int64_t offset = 0;
  std::string text;  ///< "h[t-1]", "a"
  ir::Location location;
  bool is_plain = false;  ///< of a temporary or a state, which have no index
};

/// An equation or an update of the block, and what it uses of the block's own names.
struct StepEquation {
  const ast::Equation* equation = nullptr;
  const ast::Update* update = nullptr;
  /// The loop variables and dims around it, and how instances are named there.
  const Scope* locals = nullptr;
  std::vector<StepTarget> targets = {};
  std::vector<StepUse> uses = {};

  const ast::Expr& value() const { return equation ? *equation->value : *update->value; }
  bool defines(std::string_view key) const;
};

enum class Direction { none, forward, backward };

struct Recurrence {
  std::vector<std::size_t> equations;  ///< in an order in which a step can compute them
  Direction direction = Direction::none;
};

/// The recurrences in an order in which they can be computed. Nothing if an equation needs itself
/// at its own step, or steps on both sides.
std::optional<std::vector<Recurrence>> find_recurrences(std::span<const StepEquation> equations,
                                                        ir::Diagnostics& diagnostics);

/// "h[t-1]"
std::string step_text(const std::string& name, const std::string& step, std::int64_t offset);

}  // namespace gradc::frontend
