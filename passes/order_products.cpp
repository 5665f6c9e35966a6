/// Compute a product in the shape in which its only user reads it: data movement behind a product
/// becomes data movement in front of it, where it costs nothing.
///
///   c = contract(a, b) {"ik,kj->ij"}            b1 = slice(b) {…}
///   y = transpose(c)                        →   y = contract(a, b1) {"ik,kj->ji"}
///   z = slice(y) {first columns of b only}
///
/// A sum of a product sums more in the first place.
///
/// The gradient of a convolution with respect to its input is a fold of a product, which would be
/// as large as all windows together. Here it becomes a convolution again, with the kernel turned
/// round:
///
///   c = contract(dy, w) {"bopq,oikl->bipqkl"}   d = windows(pad(dy)), read backwards
///   dx = fold(c)                            →   dx = contract(d, w) {"bohwkl,oikl->bihw"}
#include <algorithm>
#include <string>

#include "ir/ops.h"
#include "passes/product.h"
#include "passes/rebuild.h"

namespace gradc::passes {

namespace op = ir::op;
using ir::Graph;
using ir::NodeId;
using ir::Shape;
using ir::Value;
using ir::Window;

namespace {

using Integers = std::vector<std::int64_t>;

bool is(Value value, const ir::Op& op) { return value.node().op == &op; }

bool has(const std::string& letters, char letter) {
  return letters.find(letter) != std::string::npos;
}

/// A product taken apart: a letter for each axis.
struct Product {
  Value a, b;
  std::string of_a, of_b, of_result;

  explicit Product(Value y) : a(y.operand(0)), b(y.operand(1)) {
    const ProductLetters letters = *product_letters(y.node());
    std::tie(of_a, of_b, of_result) = std::tie(letters.a, letters.b, letters.result);
  }
  Value append() const { return contract(a, b, to_spec({of_a, of_b, of_result})); }
};

/// transpose(contract(a, b))  →  contract(a, b) with the letters of the result in that order
Value transposed(Product product, Value y) {
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
Value sliced(Product product, Value y) {
  product.a = sliced_factor(product.a, product.of_a, product.of_result, y);
  product.b = sliced_factor(product.b, product.of_b, product.of_result, y);
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
Value summed(Product product, Value y) {
  std::string letters;
  for (const std::int64_t axis : y.attribute<Integers>("axes"))
    letters += product.of_result[static_cast<std::size_t>(axis)];
  sum_own_axes(product.a, product.of_a, product.of_b, letters);
  sum_own_axes(product.b, product.of_b, product.of_a, letters);
  std::erase_if(product.of_result, [&](char letter) { return has(letters, letter); });
  return product.append();
}

/// The windows through which `y` sees the factor whose axes are `letters`, after padding it:
///   y[h] = Σ over k of factor[h - start - k * dilation]  =  Σ over k of padded[h + start' - k *
///   dilation]
struct Backwards {
  Integers low, high;
  std::vector<Window> windows;
};
Backwards backwards(Value factor, const std::string& letters, const Product& product, Value y) {
  Backwards out{Integers(letters.size(), 0), Integers(letters.size(), 0), {}};
  const std::vector<Window> windows = *to_windows(y.attributes());
  for (const Window& window : windows) {
    const char place = product.of_result[static_cast<std::size_t>(window.axis)];
    const auto axis = static_cast<std::int64_t>(letters.find(place));
    const auto i = static_cast<std::size_t>(axis);
    const std::int64_t extent = y.shape()[static_cast<std::size_t>(window.axis)];
    const std::int64_t reach = (window.size - 1) * window.dilation;
    const std::int64_t furthest_back = window.start + std::max<std::int64_t>(reach, 0);
    out.low[i] = std::max<std::int64_t>(furthest_back, 0);
    const std::int64_t start = out.low[i] - window.start;
    const std::int64_t last = start + extent - 1 + std::max<std::int64_t>(-reach, 0);
    out.high[i] = std::max<std::int64_t>(last + 1 - out.low[i] - factor.shape()[i], 0);
    out.windows.push_back({.axis = axis,
                           .start = start,
                           .count = extent,
                           .stride = 1,
                           .size = window.size,
                           .dilation = -window.dilation});
  }
  return out;
}

/// fold(contract(a, b)) whose windows are counted by a and whose elements are counted by b  →
/// contract(windows(pad(a)), b). With strides most of the padded numbers would be zeros between
/// a's: there the product is better folded.
Value folded(Product product, Value y) {
  const auto windows = *to_windows(y.attributes());
  if (!std::ranges::all_of(windows, [](const Window& w) { return w.stride == 1 && w.size > 0; }))
    return {};
  const std::size_t rank = y.shape().size();
  std::string places;
  for (const Window& w : windows) places += product.of_result[static_cast<std::size_t>(w.axis)];
  const std::string elements = product.of_result.substr(rank);
  const auto all_in = [](const std::string& letters, const std::string& some) {
    return std::ranges::all_of(some, [&](char letter) { return has(letters, letter); });
  };
  const auto none_in = [](const std::string& letters, const std::string& some) {
    return std::ranges::none_of(some, [&](char letter) { return has(letters, letter); });
  };
  if (!all_in(product.of_a, places)) {
    std::swap(product.a, product.b);
    std::swap(product.of_a, product.of_b);
  }
  const bool fits = all_in(product.of_a, places) && none_in(product.of_a, elements) &&
                    all_in(product.of_b, elements) && none_in(product.of_b, places);
  if (!fits) return {};

  const Backwards view = backwards(product.a, product.of_a, product, y);
  const Integers nothing(product.of_a.size(), 0);
  product.a = ir::windows(pad(product.a, view.low, view.high, nothing), view.windows);
  product.of_a += elements;
  product.of_result = product.of_result.substr(0, rank);
  return product.append();
}

struct Movement {
  const ir::Op* op;
  Value (*apply)(Product product, Value y);
};
constexpr Movement movements[] = {
    {&op::transpose, transposed},
    {&op::slice, sliced},
    {&op::fold, folded},
};

/// What a node of the new graph is when its only operand is a product that nobody else uses.
Value moved(Value y) {
  const bool is_sum = y.node().op->form == ir::Form::reduction && y.node().op->is_linear;
  if (is_sum) return summed(Product(y.operand(0)), y);
  for (const Movement& movement : movements)
    if (is(y, *movement.op)) return movement.apply(Product(y.operand(0)), y);
  return {};
}

}  // namespace

Graph order_products(const Graph& graph, Context& context) {
  const ir::NodeSet live = live_nodes(graph);
  const auto has_one_user = [&](NodeId node) {
    return std::ranges::count_if(graph.uses(node),
                                 [&](const ir::Use& use) { return live.contains(use.user); }) == 1;
  };
  return rebuild(graph, [&](Rebuild& out, NodeId node) {
    const Value copy = out.copy(node, out.pass_bodies(node, order_products, context));
    if (graph.operands(node).size() != 1 || !product_letters(copy.operand(0).node())) return copy;
    if (!has_one_user(graph.operand(node, 0))) return copy;
    const Value product = moved(copy);
    return product ? product : copy;
  });
}

}  // namespace gradc::passes
