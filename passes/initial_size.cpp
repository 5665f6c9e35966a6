/// An initialiser is computed for a sample of elements, however many the parameter has. An
/// orthogonal matrix is more than its elements, but they have a size: m rows of length 1 with n
/// elements each.
#include "passes/initial_size.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "ir/evaluate.h"
#include "ir/ops.h"
#include "passes/own_copies.h"

namespace gradc::passes {

namespace op = ir::op;
using ir::Graph;
using ir::NodeId;
using ir::Type;
using ir::Value;

namespace {

constexpr std::int64_t sample_size = 16384;

/// Rewrites an initialiser so that it computes the sample.
class Sampler {
 public:
  explicit Sampler(const Graph& from) : from_(from) {}

  /// An empty Value if the node is not computed element by element.
  Value sample(NodeId node) {
    const auto known = became_.find(node);
    return known != became_.end() ? known->second : became_[node] = sample_new(node);
  }
  Graph& graph() { return to_; }

 private:
  Type type_of(NodeId node) const { return {from_[node].type.dtype, {sample_size}}; }

  Value sample_new(NodeId node) {
    const ir::Node& of = from_[node];
    if (of.op == &op::constant) {
      const auto& values = of.attributes.get<std::vector<double>>("values");
      return values.size() == 1 ? splat(to_, type_of(node), values[0]) : Value();
    }
    if (of.op == &op::random) return draw(node, of.attributes.get<std::int64_t>("site"));
    if (of.op == &op::orthogonalize) return unit_row_element(node);
    if (of.op == &op::reshape || is_data_movement(from_, node)) return moved(node);
    return of.op->form == ir::Form::elementwise ? again(node) : Value();
  }

  Value draw(NodeId node, std::int64_t site) {
    const Value zero = splat(to_, {ir::DType::i64, {}}, 0);
    return ir::random(zero, zero, type_of(node), site);
  }

  /// Plus or minus 1 / sqrt(n), n being the longer extent of an orthogonal matrix.
  Value unit_row_element(NodeId node) {
    const auto longer = static_cast<double>(std::ranges::max(from_[node].type.shape));
    const Value number = ir::iota(to_, {ir::DType::i32, {sample_size}}, 0);
    const Value is_odd = ir::cast(ir::rem(number, splat(number, 2)), type_of(node).dtype);
    return (2.0 * is_odd - 1.0) / std::sqrt(longer);
  }

  Value moved(NodeId node) {
    const Value x = from_.operands(node).empty() ? Value() : sample(from_.operand(node, 0));
    return x ? ir::cast(x, type_of(node).dtype) : x;
  }

  Value again(NodeId node) {
    std::vector<Value> operands;
    for (const ir::Use& use : from_.operands(node)) {
      operands.push_back(sample(use.def));
      if (!operands.back()) return {};
    }
    ir::Diagnostics unused;
    const auto out = ir::try_append(to_, *from_[node].op, operands, from_[node].attributes, unused);
    return out.value_or(Value());
  }

  const Graph& from_;
  Graph to_;
  std::map<NodeId, Value> became_;
};

/// What the initialisers compute for the slot.
std::optional<NodeId> initial_value(const Graph& init, const std::string& slot) {
  const std::vector<ir::ResultName> names = ir::result_names(init);
  const auto found = std::ranges::find(names, slot, &ir::ResultName::name);
  if (found == names.end()) return std::nullopt;
  return init.operand(ir::return_node(init), static_cast<std::size_t>(found - names.begin()));
}

}  // namespace

std::optional<double> initial_size(const ir::Program& program, const std::string& slot) {
  const ir::Entry* init = program.find_entry("init");
  const auto value = init ? initial_value(init->graph, slot) : std::nullopt;
  if (!value) return std::nullopt;
  Sampler sampler(init->graph);
  const Value sample = sampler.sample(*value);
  if (!sample) return std::nullopt;
  const Value wide = ir::cast(sample, ir::DType::f64);
  const Value results[] = {ir::sum(wide, {0}) / static_cast<double>(sample_size),
                           ir::sum(wide * wide, {0}) / static_cast<double>(sample_size)};
  ir::return_(sampler.graph(), results, {"mean", "square"});
  const std::vector<ir::Tensor> found = ir::evaluate(sampler.graph(), {});
  const double mean = found[0].real(0), size = std::sqrt(found[1].real(0));
  const bool scatters_around_zero = std::isfinite(size) && std::abs(mean) < 0.1 * size;
  return scatters_around_zero ? std::optional(size) : std::nullopt;
}

}  // namespace gradc::passes
