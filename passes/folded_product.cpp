/// The gradient of a convolution with respect to its input is a fold of a product, which would be
/// as large as all windows together. It is a convolution too, with the kernel turned round:
///
///   c = contract(dy, w) {"bopq,oikl->bipqkl"}   d = windows(pad(dy)), read backwards
///   dx = fold(c)                            →   dx = contract(d, w) {"bohwkl,oikl->bihw"}
///
/// With a stride s, element s*q + r meets only those elements k of the kernel for which r - k is a
/// multiple of s. So every residue r has a convolution with a kernel of its own, and their results
/// take turns:
///
///                                               e = contract(windows(pad(dy)), w[0::2])
///   dx = fold(c) with stride 2              →   o = contract(windows(pad(dy)), w[1::2])
///                                               dx = e[0], o[0], e[1], o[1], …, as a fold
#include "passes/folded_product.h"

#include <algorithm>
#include <numeric>
#include <string>

#include "ir/ops.h"
#include "passes/product.h"

namespace gradc::passes {

namespace op = ir::op;
using ir::Shape;
using ir::Value;
using ir::Window;

bool is_fold(const ir::Node& node) { return node.op == &op::fold; }

namespace {

using Integers = std::vector<std::int64_t>;

/// More convolutions than this would be too much code.
constexpr std::int64_t most_classes = 64;

bool has(const std::string& letters, char letter) {
  return letters.find(letter) != std::string::npos;
}
bool all_in(const std::string& letters, const std::string& some) {
  return std::ranges::all_of(some, [&](char letter) { return has(letters, letter); });
}
bool none_in(const std::string& letters, const std::string& some) {
  return std::ranges::none_of(some, [&](char letter) { return has(letters, letter); });
}

template <typename T>
auto& at(T& list, std::int64_t i) {
  return list[static_cast<std::size_t>(i)];
}

std::int64_t divide_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/// The elements s*q + r of an axis: y[s*q + r] = Σ over j of c[q + shift - j * dilation, first + j
/// * step].
struct Residue {
  std::int64_t first = 0, step = 1, taps = 0;  ///< which elements of a window
  std::int64_t shift = 0, dilation = 1;        ///< in which windows

  /// The first and last window that `count` elements look at.
  std::int64_t lowest() const { return shift + std::min<std::int64_t>((1 - taps) * dilation, 0); }
  std::int64_t highest(std::int64_t count) const {
    return shift + count - 1 + std::max<std::int64_t>((1 - taps) * dilation, 0);
  }
};

/// Element k of window i lies at start + i * stride + k * dilation.
Residue residue(const Window& window, std::int64_t r) {
  const std::int64_t common = std::gcd(window.stride, window.dilation);
  Residue out;
  out.step = window.stride / common;
  const auto distance = [&](std::int64_t k) { return r - window.start - k * window.dilation; };
  while (out.first < out.step && distance(out.first) % window.stride != 0) ++out.first;
  if (out.first >= std::min(out.step, window.size)) return out;  // no element comes to lie here
  out.taps = (window.size - 1 - out.first) / out.step + 1;
  out.shift = distance(out.first) / window.stride;
  out.dilation = out.step * window.dilation / window.stride;
  return out;
}

/// One axis of the result along which windows lie.
struct Axis {
  std::int64_t number;     ///< among the axes of the result
  std::int64_t extent;     ///< of the result
  std::int64_t of_a;       ///< the axis of a that counts windows
  std::int64_t of_b;       ///< the axis of b that counts elements of a window
  std::int64_t low, high;  ///< zeros around a
  std::vector<Residue> residues;

  std::int64_t stride() const { return std::ssize(residues); }
  std::int64_t count() const { return divide_up(extent, stride()); }
  /// One element of every class, and so on.
  Window turns() const {
    return {.axis = number, .count = count(), .stride = stride(), .size = stride()};
  }
};

/// The windows and the shape of a fold. A slice of a fold is a fold that begins later.
struct Fold {
  std::vector<Window> windows;
  Shape shape;
};
Fold fold_of(Value y) {
  const bool is_slice = !is_fold(y.node());
  const Value whole = is_slice ? y.operand(0) : y;
  Fold out{*to_windows(whole.attributes()), whole.shape()};
  if (!is_slice) return out;
  for (Window& window : out.windows) {
    window.start -= at(y.attribute<Integers>("starts"), window.axis);
    at(out.shape, window.axis) = at(y.shape(), window.axis);
  }
  return out;
}

class Unfolding {
 public:
  Unfolding(Product product, const Fold& fold) : product_(std::move(product)), shape_(fold.shape) {
    const std::size_t rank = fold.shape.size();
    elements_ = product_.of_result.substr(rank);
    for (const Window& window : fold.windows) places_ += at(product_.of_result, window.axis);
    product_.of_result.resize(rank);
    if (!all_in(product_.of_a, places_)) {
      std::swap(product_.a, product_.b);
      std::swap(product_.of_a, product_.of_b);
    }
    for (std::size_t i = 0; i < fold.windows.size() && fits(); ++i)
      axes_.push_back(axis(fold.windows[i], i));
  }

  /// The windows are counted by one factor, their elements by the other.
  bool fits() const {
    return all_in(product_.of_a, places_) && none_in(product_.of_a, elements_) &&
           all_in(product_.of_b, elements_) && none_in(product_.of_b, places_);
  }

  std::int64_t classes() const {
    std::int64_t out = 1;
    for (const Axis& axis : axes_) out *= axis.stride();
    return out;
  }

  Value run() {
    pad_a();
    Value y = taking_turns({});
    Shape whole = shape_;
    std::vector<Window> turns;
    for (const Axis& axis : axes_) {
      at(whole, axis.number) = axis.count() * axis.stride();
      if (axis.stride() > 1) turns.push_back(axis.turns());
    }
    if (!turns.empty()) y = fold(y, turns, whole);
    const Integers starts(whole.size(), 0), steps(whole.size(), 1);
    return whole == shape_ ? y : slice(y, starts, shape_, steps);
  }

 private:
  Axis axis(const Window& window, std::size_t number) const {
    const auto of_a = static_cast<std::int64_t>(product_.of_a.find(places_[number]));
    const auto of_b = static_cast<std::int64_t>(product_.of_b.find(elements_[number]));
    Axis out{window.axis, at(shape_, window.axis), of_a, of_b, 0, 0, {}};
    for (std::int64_t r = 0; r < window.stride; ++r) out.residues.push_back(residue(window, r));
    for (const Residue& residue : out.residues) {
      if (residue.taps == 0) continue;
      out.low = std::max(out.low, -residue.lowest());
      out.high = std::max(out.high, residue.highest(out.count()) + 1 - window.count);
    }
    return out;
  }

  void pad_a() {
    Integers low(product_.of_a.size(), 0), high = low;
    const Integers interior = low;
    for (const Axis& axis : axes_) {
      at(low, axis.of_a) = axis.low;
      at(high, axis.of_a) = axis.high;
    }
    if (low != interior || high != interior) product_.a = pad(product_.a, low, high, interior);
  }

  /// The results of all classes that begin with `chosen`, a residue for each of the first axes. An
  /// axis for every stride, behind the others, counts the residues.
  Value taking_turns(std::vector<const Residue*> chosen) {
    if (chosen.size() == axes_.size()) return with_axes_for_residues(convolution(chosen));
    const Axis& axis = axes_[chosen.size()];
    std::vector<Value> parts;
    for (const Residue& residue : axis.residues) {
      chosen.push_back(&residue);
      parts.push_back(taking_turns(chosen));
      chosen.pop_back();
    }
    if (parts.size() == 1) return parts[0];
    return concat(parts, std::ssize(shape_) + strides_before(chosen.size()));
  }

  std::int64_t strides_before(std::size_t number) const {
    return std::count_if(axes_.begin(), axes_.begin() + static_cast<std::ptrdiff_t>(number),
                         [](const Axis& axis) { return axis.stride() > 1; });
  }

  Value with_axes_for_residues(Value y) const {
    Shape shape = y.shape();
    for (const Axis& axis : axes_)
      if (axis.stride() > 1) shape.push_back(1);
    return shape == y.shape() ? y : reshape(y, shape);
  }

  Value convolution(const std::vector<const Residue*>& chosen) const {
    Product product = product_;
    const std::size_t rank_of_b = product.of_b.size();
    Shape sizes = product.b.shape(), result = shape_;
    Integers starts(rank_of_b, 0), steps(rank_of_b, 1);
    std::vector<Window> windows;
    for (std::size_t i = 0; i < axes_.size(); ++i) {
      const Axis& axis = axes_[i];
      const Residue& residue = *chosen[i];
      at(starts, axis.of_b) = residue.first;
      at(sizes, axis.of_b) = residue.taps;
      at(steps, axis.of_b) = residue.step;
      at(result, axis.number) = axis.count();
      windows.push_back({.axis = axis.of_a,
                         .start = axis.low + residue.shift,
                         .count = axis.count(),
                         .stride = 1,
                         .size = residue.taps,
                         .dilation = -residue.dilation});
    }
    if (std::ranges::count(chosen, 0, &Residue::taps) > 0)
      return splat(product.a.graph(), {product.a.dtype(), result}, 0);
    if (sizes != product.b.shape()) product.b = slice(product.b, starts, sizes, steps);
    product.a = ir::windows(product.a, windows);
    product.of_a += elements_;
    return product.append();
  }

  Product product_;
  Shape shape_;
  std::string places_, elements_;  // in the order of the windows
  std::vector<Axis> axes_;
};

}  // namespace

Value unfolded(Value y) {
  const Fold fold = fold_of(y);
  if (std::ranges::count(fold.windows, 0, &Window::size) > 0 || y.type().elements() == 0) return {};
  if (std::ranges::all_of(fold.windows, ir::lie_apart)) return {};
  const Value whole = is_fold(y.node()) ? y : y.operand(0);
  Unfolding unfolding(Product(whole.operand(0)), fold);
  if (!unfolding.fits() || unfolding.classes() > most_classes) return {};
  const Value out = unfolding.run();
  if (out.shape() == y.shape()) return out;
  Integers starts = y.attribute<Integers>("starts");
  for (const Window& window : fold.windows) at(starts, window.axis) = 0;
  return slice(out, starts, y.shape(), Integers(starts.size(), 1));
}

}  // namespace gradc::passes
