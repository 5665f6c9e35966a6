#pragma once
/// Names in the text of an expression.
#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "frontend/ast.h"

namespace gradc::frontend {

using NameSet = std::set<std::string, std::less<>>;

/// Visits the expressions directly within an expression.
void for_children(const ast::Expr& expr, const std::function<void(const ast::Expr&)>& visit);

bool mentions(const ast::Expr& expr, std::string_view name);

/// The first part of the expression that is one of these names; null if there is none.
const ast::Expr* first_mention(const ast::Expr& expr, const NameSet& names);

}  // namespace gradc::frontend
