#include "frontend/mentions.h"

namespace gradc::frontend {

namespace {

using Visit = std::function<void(const ast::Expr&)>;

/// The expressions directly within an expression.
struct Children {
  const Visit& visit;

  void all(const std::vector<ast::ExprPtr>& expressions) const {
    for (const ast::ExprPtr& expression : expressions) visit(*expression);
  }
  void dims(const std::vector<ast::Dim>& dims) const {
    for (const ast::Dim& dim : dims)
      if (dim.extent) visit(*dim.extent);
  }

  void operator()(const ast::ListLiteral& list) const { all(list.elements); }
  void operator()(const ast::Several& several) const { all(several.values); }
  void operator()(const ast::Negation& negation) const { visit(*negation.operand); }
  void operator()(const ast::Binary& binary) const {
    visit(*binary.left);
    visit(*binary.right);
  }
  void operator()(const ast::Conditional& choice) const {
    visit(*choice.condition);
    visit(*choice.then_value);
    visit(*choice.else_value);
  }
  void operator()(const ast::Call& call) const {
    visit(*call.callee);
    for (const ast::Argument& argument : call.arguments) visit(*argument.value);
    dims(call.over);
  }
  void operator()(const ast::Index& index) const {
    visit(*index.base);
    visit(*index.index);
    dims(index.over);
  }
  void operator()(const ast::View& view) const {
    visit(*view.value);
    dims(view.dims);
  }
  void operator()(const ast::Pipe& pipe) const {
    visit(*pipe.value);
    visit(*pipe.stage);
  }
  void operator()(const auto&) const {}  // leaves
};

}  // namespace

void for_children(const ast::Expr& expr, const Visit& visit) {
  std::visit(Children{visit}, expr.node);
}

const ast::Expr* first_mention(const ast::Expr& expr, const NameSet& names) {
  const auto* reference = std::get_if<ast::Reference>(&expr.node);
  if (reference) return names.contains(reference->name) ? &expr : nullptr;
  const ast::Expr* out = nullptr;
  for_children(expr, [&](const ast::Expr& child) {
    if (!out) out = first_mention(child, names);
  });
  return out;
}

bool mentions(const ast::Expr& expr, std::string_view name) {
  return first_mention(expr, {std::string(name)}) != nullptr;
}

}  // namespace gradc::frontend
