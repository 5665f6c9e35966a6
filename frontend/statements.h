#pragma once
/// Statements of bodies.
#include <optional>

#include "frontend/ast.h"
#include "frontend/elaboration.h"

namespace gradc::frontend {

/// What a block that cannot be run would have defined is Poison.
void poison_targets(Scope&, const ast::Block&);

/// What an equation says of each of its targets; Poison after an error.
std::vector<Value> evaluate_equation(Elaboration&, const Scope&, const ast::Equation&);

/// The target stands for the value from now on, which takes its name if it has none.
void assign(Elaboration&, Scope&, const ast::Target&, Value value);

/// Runs the statements in order. Stops at a `return`, whose values it gives. Entries, data and
/// train blocks are left to others.
std::optional<Value> run(Elaboration&, Scope&, const ast::Block&);

/// `dim K = D / N`
void declare_dim(Elaboration&, Scope&, const ast::DimDeclaration&, bool can_be_overridden);

/// `input x: f32[B, 784]`; nothing if something is wrong with it, which has been reported.
std::optional<Tensor> declare_input(Elaboration&, Scope&, const ast::Name&, const ast::Type&);

/// Gives `name` to an instance or slot in this body; reports it if it is taken.
bool claim(Elaboration&, Naming&, const std::string& name, Location location);

}  // namespace gradc::frontend
