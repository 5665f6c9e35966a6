/// Identities of windows.
#include <algorithm>

#include "ir/ops.h"
#include "passes/folded_product.h"
#include "passes/simplify_rules.h"

namespace gradc::passes {

namespace op = ir::op;
using ir::Value;
using ir::Window;

namespace {

std::vector<Window> windows_of(Value value) { return *to_windows(value.attributes()); }

/// The windows of two nodes together, if those of `later` lie along axes of the tensor that the
/// windows `first` were cut from. `rank` is that tensor's.
std::optional<std::vector<Window>> together(std::vector<Window> first,
                                            const std::vector<Window>& later, std::size_t rank) {
  for (const Window& window : later) {
    const bool is_new = std::ranges::count(first, window.axis, &Window::axis) == 0;
    if (!is_new || window.axis >= static_cast<std::int64_t>(rank)) return std::nullopt;
    first.push_back(window);
  }
  return first;
}

/// windows(windows(x)) along different axes of x  →  windows(x) along all of them
Value windows_twice(Value y) {
  const Value x = y.operand(0);
  if (x.node().op != &op::windows) return {};
  const auto both = together(windows_of(x), windows_of(y), x.operand(0).shape().size());
  return both ? windows(x.operand(0), *both) : Value();
}

/// fold(fold(x)), the reverse
Value fold_twice(Value y) {
  if (!is_fold(y.node()) || !is_fold(y.operand(0).node())) return {};
  const Value x = y.operand(0);
  const auto both = together(windows_of(y), windows_of(x), y.shape().size());
  return both ? fold(x.operand(0), *both, y.shape()) : Value();
}

constexpr Rule rules[] = {
    {&op::windows, windows_twice},
    {&op::windows, move_splat},
    {nullptr, fold_twice},
};

}  // namespace

std::span<const Rule> window_rules() { return rules; }

}  // namespace gradc::passes
