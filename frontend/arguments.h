#pragma once
/// Arguments meet parameters.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/ast.h"
#include "frontend/elaboration.h"

namespace gradc::frontend {

/// An argument of a call, evaluated.
struct Argument {
  std::string name;  ///< empty: by position
  Value value;
  Location location;
  const ast::Argument* written = nullptr;  ///< null for what a pipe supplies
};

/// An argument or a default, evaluated, or deferred if it needs something to initialise.
Value evaluate_argument(Elaboration&, const Scope&, const ast::Expr&);

/// The arguments, evaluated; those that need a value to initialise are deferred.
std::vector<Argument> evaluate_arguments(Elaboration&, const Scope&,
                                         std::span<const ast::Argument>);

/// Binds arguments to parameters by position and name, and defaults to the others. `callee` is what
/// messages call it. Nothing if something does not fit, which has been reported.
bool bind_arguments(Elaboration&, std::string_view callee,
                    std::span<const ast::Parameter> parameters, std::span<const Argument> arguments,
                    Location location, Scope& scope);

}  // namespace gradc::frontend
