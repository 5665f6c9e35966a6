#include "ir/placement.h"

#include <algorithm>

#include "ir/ops.h"

namespace gradc::ir {

namespace {

/// The loop whose index the form is, if it is just that.
std::optional<std::size_t> plain_loop(const Affine& affine) {
  if (affine.coefficients.empty()) return std::nullopt;
  const std::size_t last = affine.coefficients.size() - 1;  // trailing zeros are dropped
  const bool is_alone = std::all_of(affine.coefficients.begin(), affine.coefficients.end() - 1,
                                    [](std::int64_t c) { return c == 0; });
  const bool is_plain = is_alone && affine.coefficients[last] == 1 && affine.constant == 0;
  return is_plain ? std::optional(last) : std::nullopt;
}

bool is_reduction_node(const std::optional<Kernel>& kernel) {
  return kernel &&
         std::ranges::any_of(kernel->body, [](const Instruction& i) { return is_reduction(i.op); });
}

std::optional<NodeId> first_reduction(const Graph& body, const Kernels& kernels) {
  for (const NodeId n : nodes(body))
    if (is_reduction_node(kernels[n])) return n;
  return std::nullopt;
}

/// Carries what is known about the places of nodes along the body's edges.
class Placement {
 public:
  Placement(const Graph& body, const Kernels& kernels, const Domain& domain)
      : body_(body), kernels_(kernels), domain_(domain), known_(body) {
    for (const NodeId n : nodes(body)) known_[n].resize(body[n].type.shape.size());
  }

  void set(NodeId n, const Point& point) {
    for (std::size_t axis = 0; axis < point.size(); ++axis) set(n, axis, point[axis]);
  }

  /// Place the users of placed nodes, then whatever shares an operand with them. In that order:
  /// in relu(x · w + x), the sum must follow the product, not the product's way of reading x.
  void propagate() {
    forward(false);
    do {
      changed_ = false;
      backward();
      forward(true);
    } while (changed_);
  }

  /// Where `n` is; axes without a place take the loops it does not use yet, in order.
  Point place_of(NodeId n) const {
    std::vector<bool> taken(domain_.extents.size(), false);
    for (const auto& affine : known_[n])
      if (const auto loop = affine ? plain_loop(*affine) : std::nullopt) taken[*loop] = true;
    Point out;
    for (std::size_t axis = 0; axis < known_[n].size(); ++axis) {
      const auto& affine = known_[n][axis];
      out.push_back(affine ? *affine : free_loop(body_[n].type.shape[axis], taken));
    }
    return out;
  }

 private:
  void set(NodeId n, std::size_t axis, Affine affine) {
    if (known_[n][axis]) return;
    known_[n][axis] = std::move(affine);
    changed_ = true;
  }

  Affine free_loop(std::int64_t extent, std::vector<bool>& taken) const {
    for (std::size_t loop = 0; loop < taken.size(); ++loop)
      if (!taken[loop] && domain_.extents[loop] == extent) {
        taken[loop] = true;
        return loop_index(loop);
      }
    return {};
  }

  template <typename F>
  void for_each_access(NodeId n, F f) const {
    if (!kernels_[n]) return;
    for (const Access& access : kernels_[n]->accesses)
      for (std::size_t axis = 0; axis < access.coordinates.size(); ++axis) {
        const Coordinate& c = access.coordinates[axis];
        if (c.divisor == 1 && c.indirect == no_scalar)
          f(body_.operand(n, access.operand), axis, c.affine);
      }
  }

  /// From operands to users: a loop that walks along an operand's axis is where that axis is.
  void forward(bool through_inputs) {
    for (const NodeId n : nodes(body_))
      for_each_access(n, [&](NodeId operand, std::size_t axis, const Affine& affine) {
        if (!through_inputs && body_[operand].op == &op::input) return;
        const auto loop = plain_loop(affine);
        const auto& place = known_[operand][axis];
        if (loop && place && *loop < known_[n].size() && !known_[n][*loop]) set(n, *loop, *place);
      });
  }

  /// From users to operands.
  void backward() {
    for (std::size_t i = body_.size(); i-- > 0;) {
      const NodeId n{static_cast<std::uint32_t>(i)};
      if (!kernels_[n]) continue;
      const auto loops = loops_of(n);
      for_each_access(n, [&](NodeId operand, std::size_t axis, const Affine& affine) {
        if (known_[operand][axis]) return;
        Point places(loops.size());
        for (std::size_t loop = 0; loop < affine.coefficients.size(); ++loop) {
          if (affine.coefficients[loop] == 0) continue;
          if (!loops[loop]) return;
          places[loop] = *loops[loop];
        }
        set(operand, axis, substitute(affine, places));
      });
    }
  }

  /// What is known about the loops of a node's kernel.
  std::vector<std::optional<Affine>> loops_of(NodeId n) const {
    std::vector<std::optional<Affine>> out = known_[n];
    out.resize(kernels_[n]->extents.size());
    if (const auto reduced = reduction_loops(*kernels_[n], domain_))
      std::ranges::copy(*reduced, out.begin() + static_cast<std::ptrdiff_t>(kernels_[n]->parallel));
    return out;
  }

  const Graph& body_;
  const Kernels& kernels_;
  const Domain& domain_;
  NodeMap<std::vector<std::optional<Affine>>> known_;
  bool changed_ = false;
};

}  // namespace

Point first_loops(std::size_t count) {
  Point out;
  for (std::size_t loop = 0; loop < count; ++loop) out.push_back(loop_index(loop));
  return out;
}

Affine substitute(const Affine& affine, std::span<const Affine> loops) {
  if (const auto loop = plain_loop(affine)) return loops[*loop];  // nearly always
  Affine out{{}, affine.constant};
  for (std::size_t loop = 0; loop < affine.coefficients.size(); ++loop)
    if (affine.coefficients[loop] != 0) out = out + affine.coefficients[loop] * loops[loop];
  return out;
}

bool covers(const Point& point, const Shape& shape, const Domain& domain) {
  std::vector<bool> covered;
  for (const std::int64_t extent : domain.extents) covered.push_back(extent == 1);
  bool any_reduction = false;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (shape[axis] == 1 && point[axis] == Affine{}) continue;
    const auto loop = plain_loop(point[axis]);
    if (!loop || domain.extents[*loop] != shape[axis]) return false;
    if (covered[*loop] && shape[axis] != 1) return false;
    covered[*loop] = true;
    any_reduction = any_reduction || (*loop >= domain.parallel && shape[axis] != 1);
  }
  const std::size_t last = any_reduction ? covered.size() : domain.parallel;
  return std::find(covered.begin(), covered.begin() + static_cast<std::ptrdiff_t>(last), false) ==
         covered.begin() + static_cast<std::ptrdiff_t>(last);
}

std::optional<Point> reduction_loops(const Kernel& kernel, const Domain& domain) {
  Point out;
  std::vector<std::size_t> used;
  for (std::size_t i = kernel.parallel; i < kernel.extents.size(); ++i) {
    if (kernel.extents[i] == 1) {
      out.emplace_back();
      continue;
    }
    std::size_t loop = domain.parallel;
    while (loop < domain.extents.size() && (domain.extents[loop] != kernel.extents[i] ||
                                            std::ranges::find(used, loop) != used.end()))
      ++loop;
    if (loop == domain.extents.size()) return std::nullopt;
    used.push_back(loop);
    out.push_back(loop_index(loop));
  }
  const auto wanted =
      std::count_if(domain.extents.begin() + static_cast<std::ptrdiff_t>(domain.parallel),
                    domain.extents.end(), [](std::int64_t extent) { return extent != 1; });
  if (std::ssize(used) != wanted) return std::nullopt;
  // The number of a point, which argmax gives, depends on the order of the loops.
  const bool has_argmax = std::ranges::any_of(
      kernel.body, [](const Instruction& i) { return i.op == ScalarOp::reduce_argmax; });
  if (has_argmax && !std::ranges::is_sorted(used)) return std::nullopt;
  return out;
}

Domain domain_of(const Graph& body, const Kernels& kernels) {
  const auto whole = [](const Kernel& kernel) { return Domain{kernel.extents, kernel.parallel}; };
  if (const auto reduction = first_reduction(body, kernels)) return whole(*kernels[*reduction]);
  const NodeId result = body.operand(return_node(body), 0);
  if (kernels[result]) return whole(*kernels[result]);
  const Shape& shape = body[result].type.shape;
  return {shape, shape.size()};
}

std::optional<std::vector<Point>> place_results(const Graph& body, const Kernels& kernels,
                                                const Domain& domain) {
  const NodeId last = return_node(body);
  Placement placement(body, kernels, domain);
  const NodeId anchor = first_reduction(body, kernels).value_or(body.operand(last, 0));
  placement.set(anchor, first_loops(body[anchor].type.shape.size()));
  placement.propagate();

  std::vector<Point> out;
  for (const Use& use : body.operands(last)) {
    Point point = placement.place_of(use.def);
    if (!covers(point, body[use.def].type.shape, domain)) return std::nullopt;
    out.push_back(std::move(point));
  }
  return out;
}

}  // namespace gradc::ir
