#pragma once
/// What the equations of a `seq` block use, found in their text: recurrences are ordered before
/// anything is elaborated.
#include <optional>
#include <vector>

#include "frontend/elaboration.h"
#include "frontend/recurrence.h"

namespace gradc::frontend {

/// The offset of an index from the step `step`: `t-1` has -1. Nothing if it does not name the step;
/// reports one that is no step plus a number.
struct StepOffset {
  bool names_step = false;
  std::optional<std::int64_t> offset = {};
};
StepOffset offset_of(Elaboration&, const Scope&, const ast::Expr& index, const std::string& step);

/// The block's equations with what each uses of the names they define; nothing after an error.
std::optional<std::vector<StepEquation>> step_equations(Elaboration&, Scope&, const ast::Seq&);

}  // namespace gradc::frontend
