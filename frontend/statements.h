#pragma once
/// Statements of bodies.
#include <optional>
#include <string_view>

#include "frontend/ast.h"
#include "frontend/elaboration.h"

namespace gradc::frontend {

/// What a block that cannot be run would have defined is Poison.
void poison_targets(Scope&, const ast::Block&);
/// The same of a `seq`: nobody sees its other names.
void poison_sequences(Scope&, const ast::Block&);

/// What an equation says of each of its targets; Poison after an error. An instance that is applied
/// at once takes the name of the only target, or the one given.
std::vector<Value> evaluate_equation(Elaboration&, const Scope&, const ast::Equation&);
std::vector<Value> evaluate_equation(Elaboration&, const Scope&, const ast::Equation&,
                                     std::string_view instance_name);

/// The name stands for the value from now on, which takes it if it has none.
void assign(Elaboration&, Scope&, const std::string& name, Value value);

/// False if the body has updated the buffer or state already, which is reported.
bool claim_update(Elaboration&, Scope&, const ast::Name&);

/// Runs the statements of a body in order. Stops at a `return`, whose values it gives. Entries,
/// data and train blocks are left to others.
std::optional<Value> run(Elaboration&, Scope&, const ast::Block&);

/// `dim K = D / N`
void declare_dim(Elaboration&, Scope&, const ast::DimDeclaration&, bool can_be_overridden);

/// `input x: f32[B, 784]`; nothing if something is wrong with it, which has been reported.
std::optional<Tensor> declare_input(Elaboration&, Scope&, const ast::Name&, const ast::Type&);

/// Where the instances of one pass of a loop are named: in `l0`, `l1`, … Null if that name is
/// taken, which is reported, or if nothing is named outside.
Naming* naming_of_pass(Elaboration&, Naming* outside, const ast::For&, std::int64_t i);

/// Gives `name` to an instance or slot in this body; reports it if it is taken.
bool claim(Elaboration&, Naming&, const std::string& name, Location location);

}  // namespace gradc::frontend
