/// Write a fold of windows that lie apart as the permutation of elements that it is.
///
///   dx = fold(c) {sizes = [2], strides = [2]}    t = transpose(c)
///                                            →   dx = reshape(t)
///
/// The gradient of a pooling is one, and so is the result of convolutions that take turns. What is
/// done with it elementwise, and with it alone, is done before, where it can be part of the kernel:
///
///   y = mul(fold(c), x)                      →   y = fold(mul(c, windows(x)))
///
/// Where windows leave gaps, zeros come first.
#include <algorithm>
#include <map>
#include <numeric>

#include "ir/ops.h"
#include "passes/folded_product.h"
#include "passes/only_user.h"
#include "passes/rebuild.h"

namespace gradc::passes {

using ir::Graph;
using ir::NodeId;
using ir::Shape;
using ir::Value;
using ir::Window;

namespace {

using Integers = std::vector<std::int64_t>;

template <typename T>
auto& at(T& list, std::int64_t i) {
  return list[static_cast<std::size_t>(i)];
}

/// A tensor cut into windows without gaps: axes that count windows, behind them axes that count
/// elements of windows.
struct Pieces {
  Value value;
  std::vector<Window> windows;

  std::size_t rank() const { return value.shape().size() - windows.size(); }
};

bool same_windows(const Pieces& a, const Pieces& b) {
  return ir::to_attributes(a.windows) == ir::to_attributes(b.windows) && a.rank() == b.rank();
}

/// The tensor that was cut: each axis of elements goes behind its axis of windows.
Value joined(const Pieces& pieces) {
  Integers permutation;
  Shape shape(pieces.value.shape().begin(),
              pieces.value.shape().begin() + static_cast<std::ptrdiff_t>(pieces.rank()));
  for (std::int64_t axis = 0; axis < std::ssize(shape); ++axis) {
    permutation.push_back(axis);
    const auto window = std::ranges::find(pieces.windows, axis, &Window::axis);
    if (window == pieces.windows.end()) continue;
    permutation.push_back(std::ssize(shape) + (window - pieces.windows.begin()));
    at(shape, axis) *= window->size;
  }
  const bool is_in_order = std::ranges::is_sorted(permutation);
  return reshape(is_in_order ? pieces.value : transpose(pieces.value, permutation), shape);
}

/// Zeros behind the elements of each window, up to the next one.
Pieces without_gaps(Value value, std::vector<Window> windows) {
  const std::size_t rank = value.shape().size();
  Integers high(rank, 0);
  const Integers nothing = high;
  for (std::size_t i = 0; i < windows.size(); ++i) {
    Window& window = windows[i];
    if (window.count > 1) high[rank - windows.size() + i] = window.stride - window.size;
    if (window.count > 1) window.size = window.stride;
    window = {.axis = window.axis,
              .start = 0,
              .count = window.count,
              .stride = window.size,
              .size = window.size};
  }
  return {high == nothing ? value : pad(value, nothing, high, nothing), std::move(windows)};
}

/// The windows together lie at `starts` in a tensor of zeros.
Value placed(Value joined, const Integers& starts, const Shape& shape) {
  Shape sizes = joined.shape();
  for (std::size_t axis = 0; axis < sizes.size(); ++axis)
    sizes[axis] = std::min(sizes[axis], shape[axis] - starts[axis]);
  const Integers nothing(sizes.size(), 0), ones(sizes.size(), 1);
  if (sizes != joined.shape()) joined = slice(joined, nothing, sizes, ones);
  if (sizes == shape) return joined;
  Integers high;
  for (std::size_t axis = 0; axis < sizes.size(); ++axis)
    high.push_back(shape[axis] - starts[axis] - sizes[axis]);
  return pad(joined, starts, high, nothing);
}

class Permuting {
 public:
  Permuting(const Graph& graph, Context& context)
      : graph_(graph), context_(context), live_(live_nodes(graph)) {}

  Value visit(Rebuild& out, NodeId node) {
    const Value copy = out.copy(node, out.pass_bodies(node, permute_windows, context_));
    if (is_fold(graph_[node])) return fold(node, copy);
    const auto pieces = in_pieces(out, node);
    return pieces ? finish(node, *pieces, joined(*pieces)) : copy;
  }

 private:
  Value fold(NodeId node, Value copy) {
    const std::vector<Window> windows = *to_windows(copy.attributes());
    const Shape shape = copy.shape();
    const bool is_empty = copy.operand(0).type().elements() == 0;
    if (is_empty || !std::ranges::all_of(windows, ir::lie_apart)) return copy;
    Pieces pieces = without_gaps(copy.operand(0), windows);
    Integers starts(shape.size(), 0);
    for (const Window& window : windows) at(starts, window.axis) = window.start;
    const Value whole = joined(pieces);
    return whole.shape() == shape ? finish(node, pieces, whole) : placed(whole, starts, shape);
  }

  /// An elementwise node as it is computed of pieces, if an operand is in pieces.
  std::optional<Pieces> in_pieces(Rebuild& out, NodeId node) const {
    if (graph_[node].op->form != ir::Form::elementwise) return std::nullopt;
    const Pieces* cut = nullptr;
    for (const ir::Use& use : graph_.operands(node))
      if (const auto found = in_pieces_.find(use.def); found != in_pieces_.end())
        cut = &found->second;
    if (!cut) return std::nullopt;
    std::vector<Value> operands;
    for (const ir::Use& use : graph_.operands(node))
      operands.push_back(cut_like(*cut, use.def, out[use.def]));
    const ir::Node& elementwise = graph_[node];
    return Pieces{append(out.graph(), *elementwise.op, operands, elementwise.attributes),
                  cut->windows};
  }

  Value cut_like(const Pieces& cut, NodeId node, Value value) const {
    const auto found = in_pieces_.find(node);
    if (found != in_pieces_.end() && same_windows(found->second, cut)) return found->second.value;
    return windows(value, cut.windows);
  }

  /// The whole is not needed if the only user takes the pieces.
  Value finish(NodeId node, const Pieces& pieces, Value whole) {
    if (const auto user = only_user(graph_, live_, node);
        user && graph_[*user].op->form == ir::Form::elementwise)
      in_pieces_.emplace(node, pieces);
    return whole;
  }

  const Graph& graph_;
  Context& context_;
  ir::NodeSet live_;
  std::map<NodeId, Pieces> in_pieces_;
};

}  // namespace

Graph permute_windows(const Graph& graph, Context& context) {
  Permuting permuting(graph, context);
  return rebuild(graph, [&](Rebuild& out, NodeId node) { return permuting.visit(out, node); });
}

}  // namespace gradc::passes
