/// Every value of the body gets a bound for its derivative by each carried value, from the first
/// to the last:
///   elementwise ops   sum over the operands of steepest slope * bound (slopes.h)
///   a product         bound * spectral radius of the weight: of K rows with elements of size s,
///                     independent or orthogonal, it is s * sqrt(K)
///   data movement     the operand's
///   anything else     no bound
/// The bounds of the new carried values by the old ones are a matrix; its spectral radius is what a
/// long run of steps multiplies by.
#include "passes/step_gain.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ir/node_map.h"
#include "ir/ops.h"
#include "passes/own_copies.h"
#include "passes/product.h"
#include "passes/slopes.h"

namespace gradc::passes {

namespace op = ir::op;
using ir::Graph;
using ir::NodeId;

namespace {

/// A step of more nodes is not judged: that would take a second.
constexpr std::size_t largest_step = 1000;
constexpr double infinite = std::numeric_limits<double>::infinity();

/// Of a value by one carried value.
struct Gain {
  double most = 0, at_rest = 0;
};

struct Known {
  Span span = {};
  std::vector<Gain> gains = {};  ///< by carried value; empty: it does not depend on any
};

/// Sums over paths; a path that is not there counts nothing, however steep.
void add(Known& to, const Known& from, double most, double at_rest) {
  if (from.gains.empty()) return;
  to.gains.resize(from.gains.size());
  for (std::size_t i = 0; i < from.gains.size(); ++i) {
    if (from.gains[i].most > 0) to.gains[i].most += from.gains[i].most * most;
    to.gains[i].at_rest += from.gains[i].at_rest * at_rest;
  }
}

/// The product of the extents that a contraction sums over.
double summed_extent(const Graph& graph, NodeId product) {
  const auto letters = product_letters(graph[product]);
  const ir::Shape& shape = graph[graph.operand(product, 0)].type.shape;
  double out = 1;
  for (std::size_t axis = 0; axis < shape.size(); ++axis)
    if (letters->result.find(letters->a[axis]) == std::string::npos)
      out *= static_cast<double>(shape[axis]);
  return out;
}

class Walk {
 public:
  Walk(const ir::Node& scan, const SizeOf& size_of)
      : scan_(scan_of(scan.attributes)),
        body_(scan.bodies.front()),
        inputs_(ir::inputs(body_)),
        size_of_(size_of),
        known_(body_) {}

  std::optional<StepGain> run() {
    for (std::size_t i = 0; i < scan_.carried; ++i) {
      const NodeId input = inputs_[scan_.scanned + i];
      if (!is_float(body_[input].type.dtype)) return std::nullopt;
      known_[input].gains.resize(scan_.carried);
      known_[input].gains[i] = {1, 1};
    }
    for (const NodeId node : nodes(body_)) visit(node);
    if (is_cut_ || out_.weights.empty()) return std::nullopt;
    out_.most = radius(&Gain::most);
    out_.at_rest = radius(&Gain::at_rest);
    out_.location = body_[result(0)].location;
    return std::move(out_);
  }

 private:
  NodeId result(std::size_t number) const { return body_.operand(return_node(body_), number); }

  void visit(NodeId node) {
    const ir::Op* op = body_[node].op;
    if (op == &op::input || op == &op::return_) return;
    if (op == &op::constant) return visit_constant(node);
    if (op->differentiability == ir::Differentiability::constant) return visit_cut(node);
    if (product_letters(body_[node])) return visit_product(node);
    if (op == &op::reshape || is_data_movement(body_, node)) return visit_movement(node);
    if (op->form == ir::Form::elementwise) return visit_elementwise(node);
    for (const ir::Use& use : body_.operands(node)) add(known_[node], known_[use.def], infinite, 0);
  }

  void visit_constant(NodeId node) {
    const auto [low, high] =
        std::ranges::minmax(body_[node].attributes.get<std::vector<double>>("values"));
    known_[node].span = {low, high, (low + high) / 2};
  }

  /// No gradient passes here. A condition never had one; else what is left is not for us to judge.
  void visit_cut(NodeId node) {
    const auto is_carried = [&](const ir::Use& use) { return !known_[use.def].gains.empty(); };
    if (is_float(body_[node].type.dtype))
      is_cut_ |= std::ranges::any_of(body_.operands(node), is_carried);
  }

  void visit_movement(NodeId node) {
    if (body_.operands(node).empty()) return;
    known_[node] = known_[body_.operand(node, 0)];
    if (body_[body_.operand(node, 0)].type.dtype == ir::DType::boolean) known_[node].span = {0, 1};
  }

  void visit_elementwise(NodeId node) {
    std::vector<Span> spans;
    for (const ir::Use& use : body_.operands(node)) {
      const bool is_truth = body_[use.def].type.dtype == ir::DType::boolean;
      spans.push_back(is_truth ? Span{0, 1} : known_[use.def].span);
    }
    if (!is_float(body_[node].type.dtype)) return;
    const Slopes slopes = slopes_of(body_, node, spans);
    known_[node].span = slopes.result;
    for (const ir::Use& use : body_.operands(node))
      add(known_[node], known_[use.def], slopes.most[use.slot], slopes.at_rest[use.slot]);
  }

  void visit_product(NodeId node) {
    const NodeId a = body_.operand(node, 0), b = body_.operand(node, 1);
    const bool is_by_a = !known_[a].gains.empty(), is_by_b = !known_[b].gains.empty();
    if (!is_by_a && !is_by_b) return;
    const NodeId carried = is_by_a ? a : b;
    const auto weight = is_by_a && is_by_b ? std::nullopt : weight_behind(is_by_a ? b : a);
    if (!weight) return add(known_[node], known_[carried], infinite, 0);
    std::optional<double> radius;
    if (weight->size) radius = *weight->size * std::sqrt(summed_extent(body_, node));
    out_.weights.push_back({weight->name, radius});
    add(known_[node], known_[carried], radius.value_or(infinite), radius.value_or(0));
  }

  /// The weight that a value is, seen through data movement.
  std::optional<Size> weight_behind(NodeId node) const {
    while (body_[node].op != &op::input) {
      const bool is_moved = body_[node].op == &op::reshape || is_data_movement(body_, node);
      if (!is_moved || body_.operands(node).empty()) return std::nullopt;
      node = body_.operand(node, 0);
    }
    const auto slot = std::ranges::find(inputs_, node) - inputs_.begin();
    return size_of_(static_cast<std::size_t>(slot));
  }

  /// The spectral radius of the matrix of gains, which are not negative: by repeated squaring.
  double radius(double Gain::* which) const {
    const std::size_t n = scan_.carried;
    std::vector<std::vector<double>> matrix(n, std::vector<double>(n));
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j)
        if (const auto& gains = known_[result(i)].gains; !gains.empty())
          matrix[i][j] = gains[j].*which;
    double logarithm = 0;  // of what the matrix has been divided by, per step
    double per_square = 1;
    constexpr int squarings = 12;
    for (int i = 0; i <= squarings; ++i, per_square /= 2) {
      double largest = 0;
      for (const auto& row : matrix) largest = std::max(largest, std::ranges::max(row));
      if (largest == 0) return 0;
      if (!std::isfinite(largest)) return infinite;
      logarithm += per_square * std::log(largest);
      for (auto& row : matrix)
        for (double& gain : row) gain /= largest;
      matrix = squared(matrix);
    }
    return std::exp(logarithm);
  }

  static std::vector<std::vector<double>> squared(const std::vector<std::vector<double>>& a) {
    std::vector<std::vector<double>> out(a.size(), std::vector<double>(a.size()));
    for (std::size_t i = 0; i < a.size(); ++i)
      for (std::size_t j = 0; j < a.size(); ++j)
        for (std::size_t k = 0; k < a.size(); ++k) out[i][j] += a[i][k] * a[k][j];
    return out;
  }

  const ir::Scan scan_;
  const Graph& body_;
  const std::vector<NodeId> inputs_;
  const SizeOf& size_of_;
  ir::NodeMap<Known> known_;
  StepGain out_;
  bool is_cut_ = false;
};

}  // namespace

std::optional<StepGain> step_gain(const ir::Node& scan, const SizeOf& size_of) {
  if (scan.bodies.front().size() > largest_step) return std::nullopt;
  return Walk(scan, size_of).run();
}

}  // namespace gradc::passes
