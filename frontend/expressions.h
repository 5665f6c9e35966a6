#pragma once
/// Expressions.
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "frontend/ast.h"
#include "frontend/elaboration.h"

namespace gradc::frontend {

/// What an expression stands for; Poison after an error, which has been reported. A layer instance
/// that it makes at its outermost call takes the name `instance_name`, if there is one.
Value evaluate(Elaboration&, const Scope&, const ast::Expr&, std::string_view instance_name = {});

/// Numbers and truth values that must be known now. `what` is what messages call them.
std::optional<double> evaluate_number(Elaboration&, const Scope&, const ast::Expr&,
                                      std::string_view what);
std::optional<std::int64_t> evaluate_integer(Elaboration&, const Scope&, const ast::Expr&,
                                             std::string_view what);
std::optional<bool> evaluate_condition(Elaboration&, const Scope&, const ast::Expr&,
                                       std::string_view what);

/// How a dim divides. In types it rounds down: `(H+2*pad-k)/stride+1`. In declarations it must come
/// out even: `dim K = D / N`.
enum class Division { rounds_down, is_exact };
std::optional<Dim> evaluate_dim(Elaboration&, const Scope&, const ast::Expr&, Division);

/// A list of dims, with what `...` stands for; every extent is checked.
std::optional<DimList> evaluate_dims(Elaboration&, const Scope&, std::span<const ast::Dim>);

/// Reports a name that stands for nothing, with the one that was perhaps meant.
void report_unknown(Elaboration&, const Scope&, std::string_view name, Location location);

}  // namespace gradc::frontend
