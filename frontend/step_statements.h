#pragma once
/// What is static in a `seq` block is carried out before its equations are looked at.
#include <optional>
#include <vector>

#include "frontend/elaboration.h"
#include "frontend/mentions.h"
#include "frontend/recurrence.h"

namespace gradc::frontend {

/// What the block calls its step, and the names that it defines, in branches that are not taken
/// too: what mentions one of them is not static.
NameSet names_of_step(const ast::Seq&);

/// The equations and updates that are left, without what they use: `if` has chosen, `for` has
/// repeated, dims and assertions are done with. Nothing after an error.
std::optional<std::vector<StepEquation>> unfold_block(Elaboration&, Scope&, const ast::Seq&,
                                                      const NameSet& names);

/// A condition in the block; one that is about the step is an error.
std::optional<bool> static_condition(Elaboration&, const Scope&, const ast::Expr&,
                                     const NameSet& names, std::string_view what);

}  // namespace gradc::frontend
