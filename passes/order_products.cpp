/// Compute a product in the shape in which its only user reads it: data movement behind a product
/// becomes data movement in front of it, where it costs nothing.
///
///   c = contract(a, b) {"ik,kj->ij"}            b1 = slice(b) {…}
///   y = transpose(c)                        →   y = contract(a, b1) {"ik,kj->ji"}
///   z = slice(y) {first columns of b only}
///
/// A sum of a product sums more in the first place, and what takes axes of extent 1 away sums over
/// them.
///
/// A fold of a product becomes convolutions (folded_product.cpp).
#include <algorithm>
#include <string>

#include "ir/ops.h"
#include "passes/folded_product.h"
#include "passes/only_user.h"
#include "passes/product.h"
#include "passes/rebuild.h"

namespace gradc::passes {

namespace op = ir::op;
using ir::Graph;
using ir::NodeId;
using ir::Shape;
using ir::Value;

namespace {

using Integers = std::vector<std::int64_t>;

bool is(Value value, const ir::Op& op) { return value.node().op == &op; }

bool has(const std::string& letters, char letter) {
  return letters.find(letter) != std::string::npos;
}

/// transpose(contract(a, b))  →  contract(a, b) with the letters of the result in that order
Value transposed(Value y) {
  Product product(y.operand(0));
  std::string letters;
  for (const std::int64_t axis : y.attribute<Integers>("permutation"))
    letters += product.of_result[static_cast<std::size_t>(axis)];
  product.of_result = letters;
  return product.append();
}

/// The part of a factor that a slice of the product needs.
Value sliced_factor(Value factor, const std::string& letters, const std::string& of_result,
                    Value y) {
  Shape sizes = factor.shape();
  Integers starts(sizes.size(), 0), steps(sizes.size(), 1);
  for (std::size_t axis = 0; axis < letters.size(); ++axis) {
    const std::size_t place = of_result.find(letters[axis]);
    if (place == std::string::npos) continue;
    starts[axis] = y.attribute<Integers>("starts")[place];
    sizes[axis] = y.attribute<Shape>("sizes")[place];
    steps[axis] = y.attribute<Integers>("steps")[place];
  }
  return sizes == factor.shape() ? factor : slice(factor, starts, sizes, steps);
}

/// slice(contract(a, b))  →  contract(slice(a), slice(b))
Value sliced(Value y) {
  Product product(y.operand(0));
  product.a = sliced_factor(product.a, product.of_a, product.of_result, y);
  product.b = sliced_factor(product.b, product.of_b, product.of_result, y);
  return product.append();
}

/// The letters without some of extent 1, so that the axes that are left have `shape`; nothing if
/// there are no such letters.
std::optional<std::string> without_unit_axes(const std::string& letters, const Shape& before,
                                             const Shape& shape) {
  std::string out;
  for (std::size_t axis = 0; axis < letters.size(); ++axis) {
    const bool is_kept = out.size() < shape.size() && before[axis] == shape[out.size()];
    if (!is_kept && before[axis] != 1) return std::nullopt;
    if (is_kept) out += letters[axis];
  }
  return out.size() == shape.size() ? std::optional(out) : std::nullopt;
}

/// reshape(contract(a, b)) that takes axes of extent 1 away  →  contract(a, b), which sums over
/// them. They count the groups of a convolution that has one.
Value without_groups(Value y) {
  Product product(y.operand(0));
  const auto letters = without_unit_axes(product.of_result, y.operand(0).shape(), y.shape());
  if (!letters) return {};
  for (const char letter : product.of_result)
    if (!has(*letters, letter) && !(has(product.of_a, letter) && has(product.of_b, letter)))
      return {};  // a product sums only what both factors have
  product.of_result = *letters;
  return product.append();
}

/// Sum a factor over its axes in `summed` that the other one does not have.
void sum_own_axes(Value& factor, std::string& letters, const std::string& of_other,
                  const std::string& summed) {
  Integers axes;
  std::string left;
  for (std::size_t axis = 0; axis < letters.size(); ++axis)
    if (has(summed, letters[axis]) && !has(of_other, letters[axis]))
      axes.push_back(static_cast<std::int64_t>(axis));
    else
      left += letters[axis];
  if (axes.empty()) return;
  factor = sum(factor, axes);
  letters = left;
}

/// sum(contract(a, b))  →  contract(a, b) that sums more; what only one factor has is summed there.
/// (Adds in another order.)
Value summed(Value y) {
  Product product(y.operand(0));
  std::string letters;
  for (const std::int64_t axis : y.attribute<Integers>("axes"))
    letters += product.of_result[static_cast<std::size_t>(axis)];
  sum_own_axes(product.a, product.of_a, product.of_b, letters);
  sum_own_axes(product.b, product.of_b, product.of_a, letters);
  std::erase_if(product.of_result, [&](char letter) { return has(letters, letter); });
  return product.append();
}

struct Movement {
  const ir::Op* op;
  Value (*apply)(Value y);
};
constexpr Movement movements[] = {
    {&op::transpose, transposed},
    {&op::slice, sliced},
    {&op::reshape, without_groups},
};

/// What a node of the new graph is when its only operand is a product that nobody else uses.
Value moved(Value y) {
  const bool is_sum = y.node().op->form == ir::Form::reduction && y.node().op->is_linear;
  if (is_sum) return summed(y);
  if (is_fold(y.node())) return unfolded(y);
  for (const Movement& movement : movements)
    if (is(y, *movement.op)) return movement.apply(y);
  return {};
}

/// A slice that takes every element of a range.
bool takes_range(const ir::Node& node) {
  return node.op == &op::slice && std::ranges::all_of(node.attributes.get<Integers>("steps"),
                                                      [](std::int64_t step) { return step == 1; });
}

bool is_part_of_fold(Value y) {
  return takes_range(y.node()) && is_fold(y.operand(0).node()) &&
         product_letters(y.operand(0).operand(0).node());
}

/// Decides node by node.
class Ordering {
 public:
  explicit Ordering(const Graph& graph) : graph_(graph), live_(live_nodes(graph)) {}

  /// What is to stand for the copy of a node; empty: the copy itself.
  Value visit(NodeId node, Value copy) const {
    if (graph_.operands(node).size() != 1 || !only_user(graph_, live_, graph_.operand(node, 0)))
      return {};
    const NodeId x = graph_.operand(node, 0);
    if (is_part_of_fold(copy))
      return only_user(graph_, live_, graph_.operand(x, 0)) ? unfolded(copy) : Value();
    const bool is_product = product_letters(copy.operand(0).node()).has_value();
    return is_product && !is_cut(node, copy) ? moved(copy) : Value();
  }

 private:
  /// Of a fold that is only read through a slice, the slice is looked at.
  bool is_cut(NodeId node, Value copy) const {
    const auto user = only_user(graph_, live_, node);
    return is_fold(copy.node()) && user && takes_range(graph_[*user]);
  }

  const Graph& graph_;
  ir::NodeSet live_;
};

}  // namespace

Graph order_products(const Graph& graph, Context& context) {
  const Ordering ordering(graph);
  return rebuild(graph, [&](Rebuild& out, NodeId node) {
    const Value copy = out.copy(node, out.pass_bodies(node, order_products, context));
    const Value better = ordering.visit(node, copy);
    return better ? better : copy;
  });
}

}  // namespace gradc::passes
