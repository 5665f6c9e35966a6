#include "ir/compose.h"

#include <algorithm>
#include <map>

#include "ir/ops.h"
#include "ir/order.h"
#include "ir/placement.h"

namespace gradc::ir {

namespace {

// ---- What each node computes -----------------------------------------------------------------

KernelBuilder pointwise(const Type& result, std::vector<Type> operands) {
  return {result.shape, result.shape.size(), std::move(operands)};
}

/// One number for all elements. A tensor of different numbers has to be an operand.
std::optional<Kernel> kernel_of_constant(const Node& node) {
  const auto& values = node.attributes.get<std::vector<double>>("values");
  if (values.size() != 1) return std::nullopt;
  KernelBuilder builder = pointwise(node.type, {});
  builder.output(builder.constant(node.type.dtype, values[0]), node.type);
  return builder.finish();
}

/// A view as a kernel: every axis of the operand is one of the result, or several of the result
/// together. The other way round its place would be a quotient, which is not affine.
std::optional<Kernel> kernel_of_reshape(const Node& node, const Type& operand) {
  const Shape& from = operand.shape;
  const Shape& to = node.type.shape;
  KernelBuilder builder = pointwise(node.type, {operand});
  Coordinates coordinates;
  std::size_t loop = 0;
  for (const std::int64_t extent : from) {
    Affine at;  // axes of extent 1 drop out: their index is 0
    std::int64_t elements = 1;
    while (elements < extent && loop < to.size()) {
      at = to[loop] * at + (to[loop] == 1 ? Affine{} : loop_index(loop));
      elements *= to[loop++];
    }
    if (elements != extent) return std::nullopt;
    coordinates.emplace_back(std::move(at));
  }
  builder.output(builder.load(0, std::move(coordinates)), node.type);
  return builder.finish();
}

/// Does the kernel compute its only result one element per point of the parallel loops?
bool is_plain(const Kernel& kernel) {
  if (kernel.outputs.size() != 1) return false;
  const Output& output = kernel.outputs.front();
  if (output.accumulate) return kernel.parallel == kernel.extents.size();
  Coordinates loops;
  for (Affine& loop : first_loops(kernel.parallel)) loops.emplace_back(std::move(loop));
  return output.coordinates == loops;
}

std::optional<Kernel> kernel_in_body(const Graph& body, NodeId n) {
  const Node& node = body[n];
  if (node.op == &op::constant) return kernel_of_constant(node);
  if (node.op == &op::reshape) return kernel_of_reshape(node, body[body.operand(n, 0)].type);
  if (!node.bodies.empty() || !node.op->kernel) return std::nullopt;
  Kernel kernel = kernel_of(body, n);
  return is_plain(kernel) ? std::optional(std::move(kernel)) : std::nullopt;
}

/// Of all nodes that the results depend on; nothing if one of them has no kernel.
std::optional<Kernels> kernels_of(const Graph& body) {
  Kernels out(body);
  const NodeId last = return_node(body);
  const NodeSet needed = reaching(body, last);
  for (const NodeId n : nodes(body)) {
    if (!needed.contains(n) || n == last || body[n].op == &op::input) continue;
    out[n] = kernel_in_body(body, n);
    if (!out[n]) return std::nullopt;
  }
  return out;
}

// ---- Splicing their bodies -------------------------------------------------------------------

class Composer {
 public:
  Composer(const Graph& body, const Kernels& kernels, Domain domain)
      : body_(body),
        kernels_(kernels),
        domain_(std::move(domain)),
        operand_numbers_(body),
        builder_(domain_.extents, domain_.parallel, input_types(body)) {
    std::size_t number = 0;
    for (const NodeId n : inputs(body)) operand_numbers_[n] = number++;
  }

  std::optional<Kernel> run() {
    const auto results = body_.operands(return_node(body_));
    if (accumulates(results[0].def))
      return results.size() == 1 ? scatter(results[0].def) : std::nullopt;

    const auto points = place_results(body_, kernels_, domain_);
    if (!points) return std::nullopt;
    for (const Use& use : results) {
      const auto value = element(use.def, (*points)[use.slot]);
      if (!value) return std::nullopt;
      Coordinates coordinates((*points)[use.slot].begin(), (*points)[use.slot].end());
      builder_.output({value->id, body_[use.def].type, std::move(coordinates)});
    }
    return builder_.finish();
  }

 private:
  static std::vector<Type> input_types(const Graph& body) {
    std::vector<Type> out;
    for (const NodeId n : inputs(body)) out.push_back(body[n].type);
    return out;
  }

  bool accumulates(NodeId n) const { return kernels_[n] && kernels_[n]->outputs[0].accumulate; }

  /// A scatter keeps its loops; what it scatters is spliced in.
  std::optional<Kernel> scatter(NodeId n) {
    const Kernel& kernel = *kernels_[n];
    if (domain_.extents != kernel.extents || domain_.parallel != kernel.parallel)
      return std::nullopt;
    const Point loops = first_loops(kernel.extents.size());
    const auto scalars = spliced(n, loops);
    if (!scalars) return std::nullopt;
    Output output = kernel.outputs[0];
    output.value = (*scalars)[output.value].id;
    for (Coordinate& c : output.coordinates) c = moved(c, loops, *scalars);
    builder_.output(std::move(output));
    return builder_.finish();
  }

  /// The element of `n` at `point`; 0 outside.
  std::optional<Scalar> element(NodeId n, const Point& point) {
    if (body_[n].op == &op::input)
      return builder_.load(operand_numbers_[n], Coordinates(point.begin(), point.end()));
    const auto value = computed(n, point);
    if (!value) return std::nullopt;
    const auto inside = inside_test(body_[n].type.shape, point);
    return inside ? select(*inside, *value, builder_.constant(value->dtype(), 0)) : *value;
  }

  /// True inside the shape; nothing if the point cannot leave it.
  std::optional<Scalar> inside_test(const Shape& shape, const Point& point) {
    std::optional<Scalar> out;
    if (std::ranges::find(domain_.extents, 0) != domain_.extents.end()) return out;
    const auto require = [&](Scalar condition) { out = out ? and_(*out, condition) : condition; };
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      const Interval range = range_of(point[axis], domain_.extents);
      if (range.low < 0) require(le(integer(0), value_of(point[axis])));
      if (range.high >= shape[axis]) require(lt(value_of(point[axis]), integer(shape[axis])));
    }
    return out;
  }

  /// As element(), for a node of the body and a point inside it.
  std::optional<Scalar> computed(NodeId n, const Point& point) {
    const auto known = memory_.find({n, point});
    if (known != memory_.end()) return known->second;
    if (accumulates(n) || memory_.size() > places_per_node * body_.size()) return std::nullopt;
    const auto scalars = spliced(n, point);
    if (!scalars) return std::nullopt;
    const Scalar value = (*scalars)[kernels_[n]->outputs[0].value];
    memory_.emplace(std::pair(n, point), value);
    return value;
  }

  /// The body of the node's kernel with `point` for its parallel loops.
  std::optional<std::vector<Scalar>> spliced(NodeId n, const Point& point) {
    const Kernel& kernel = *kernels_[n];
    const auto loops = loops_of(n, point);
    if (!loops) return std::nullopt;
    std::vector<Scalar> out;
    for (const Instruction& instruction : kernel.body) {
      const auto scalar = instruction.op == ScalarOp::load ? loaded(n, instruction, *loops, out)
                                                           : moved(instruction, *loops, out);
      if (!scalar) return std::nullopt;
      out.push_back(*scalar);
    }
    return out;
  }

  /// What the loops of the node's kernel become. A reduction is computed once per point of the
  /// parallel loops, over all reduction loops.
  std::optional<Point> loops_of(NodeId n, const Point& point) const {
    const Kernel& kernel = *kernels_[n];
    const bool reduces =
        std::ranges::any_of(kernel.body, [](const Instruction& i) { return is_reduction(i.op); });
    if (!reduces) return point;
    const Shape& shape = body_[n].type.shape;
    for (const Affine& affine : point)
      if (affine.coefficients.size() > domain_.parallel) return std::nullopt;
    if (!covers(point, shape, domain_)) return std::nullopt;
    const auto reduced = reduction_loops(kernel, domain_);
    if (!reduced) return std::nullopt;
    Point out = point;
    out.insert(out.end(), reduced->begin(), reduced->end());
    return out;
  }

  std::optional<Scalar> loaded(NodeId n, const Instruction& load, const Point& loops,
                               const std::vector<Scalar>& scalars) {
    const Access& access = kernels_[n]->accesses[static_cast<std::size_t>(load.integer)];
    const NodeId operand = body_.operand(n, access.operand);
    Coordinates coordinates;
    for (const Coordinate& c : access.coordinates) coordinates.push_back(moved(c, loops, scalars));
    if (body_[operand].op == &op::input)
      return builder_.load(operand_numbers_[operand], std::move(coordinates));
    Point point;
    for (const Coordinate& c : coordinates) {
      if (c.divisor != 1 || c.indirect != no_scalar) return std::nullopt;
      point.push_back(c.affine);
    }
    return element(operand, point);
  }

  Coordinate moved(const Coordinate& c, const Point& loops, const std::vector<Scalar>& scalars) {
    const ScalarId indirect = c.indirect == no_scalar ? no_scalar : scalars[c.indirect].id;
    return {substitute(c.affine, loops), c.divisor, indirect};
  }

  std::optional<Scalar> moved(const Instruction& instruction, const Point& loops,
                              const std::vector<Scalar>& scalars) {
    if (instruction.op == ScalarOp::index)
      return value_of(loops[static_cast<std::size_t>(instruction.integer)]);
    if (instruction.op == ScalarOp::constant)
      return builder_.constant(instruction.dtype, {instruction.real, instruction.integer});
    std::vector<Scalar> arguments;
    for (const ScalarId argument : instruction.arguments) arguments.push_back(scalars[argument]);
    return builder_.append(instruction.op, instruction.dtype, std::move(arguments),
                           instruction.integer);
  }

  Scalar integer(std::int64_t value) {
    return builder_.constant(DType::i64, Number{.integer = value});
  }

  /// The affine form as an i64 scalar.
  Scalar value_of(const Affine& affine) {
    std::optional<Scalar> out;
    const auto add = [&](Scalar term) { out = out ? *out + term : term; };
    for (std::size_t loop = 0; loop < affine.coefficients.size(); ++loop) {
      const std::int64_t factor = affine.coefficients[loop];
      if (factor == 1) add(builder_.index(loop));
      if (factor != 0 && factor != 1) add(builder_.index(loop) * integer(factor));
    }
    if (affine.constant != 0 || !out) add(integer(affine.constant));
    return *out;
  }

  // A node that several others read at different places is computed for each: past this many the
  // kernel would be mostly recomputation.
  static constexpr std::size_t places_per_node = 16;

  const Graph& body_;
  const Kernels& kernels_;
  Domain domain_;
  NodeMap<std::size_t> operand_numbers_;
  KernelBuilder builder_;
  std::map<std::pair<NodeId, Point>, Scalar> memory_;
};

}  // namespace

std::optional<Kernel> compose(const Graph& body) {
  if (body.operands(return_node(body)).empty()) return std::nullopt;
  const auto kernels = kernels_of(body);
  if (!kernels) return std::nullopt;
  return Composer(body, *kernels, domain_of(body, *kernels)).run();
}

}  // namespace gradc::ir
