#pragma once
/// Random well-typed graphs in f64, for laws that must hold for every graph: elementwise ops,
/// broadcasts, reductions, contractions, data movement, shared and dead values, extents 0, 1 and
/// small, storage that is read and committed.
#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "ir/evaluate.h"
#include "ir/ops.h"
#include "ir/program.h"
#include "ir/tensor.h"

namespace gradc::ir {

struct RandomOptions {
  int steps = 20;         ///< ops to apply
  bool smooth = false;    ///< only what has a derivative almost everywhere, and no empty tensors
  bool composite = true;  ///< ops that `expand` replaces
  bool gradients =
      false;             ///< the results contain gradients of a loss with respect to the parameters
  bool commits = false;  ///< some results are new values of the parameters
};

class RandomGraph {
 public:
  RandomGraph(std::uint32_t seed, RandomOptions options) : random_(seed), options_(options) {}

  Graph build() {
    graph_.name = "g";
    for (int i = 0; i < 2; ++i) values_.push_back(new_input(random_shape()));
    for (int i = 0; i < 2; ++i) values_.push_back(new_parameter(random_shape()));
    for (int i = 0; i < options_.steps; ++i) values_.push_back(tamed(step()));
    append_results();
    return std::move(graph_);
  }

 private:
  using Axes = std::vector<std::int64_t>;

  std::size_t draw(std::size_t count) { return random_() % count; }
  bool chance(int percent) { return static_cast<int>(draw(100)) < percent; }
  template <typename T>
  const T& pick(const std::vector<T>& items) {
    return items[draw(items.size())];
  }

  std::int64_t random_extent() {
    if (!options_.smooth && chance(2)) return 0;
    const std::vector<std::int64_t> extents = {1, 2, 2, 3, 3, 4, 5};
    return pick(extents);
  }

  Shape random_shape() {
    Shape shape;
    for (std::size_t rank = draw(4); rank > 0; --rank) shape.push_back(random_extent());
    return shape;
  }

  Value new_input(Shape shape) {
    return input(graph_, "x" + std::to_string(inputs_++), {DType::f64, std::move(shape)},
                 StorageClass::input);
  }
  Value new_parameter(Shape shape) {
    const Value value = input(graph_, "p" + std::to_string(parameters_.size()),
                              {DType::f64, std::move(shape)}, StorageClass::param);
    parameters_.push_back(value);
    return value;
  }

  /// A value of that shape: one that is there, a broadcast of one, or a new input.
  Value value_of(Shape shape) {  // a copy: appending moves the nodes that own shapes
    std::vector<Value> fitting;
    for (const Value& value : values_) {
      if (value.shape() == shape) fitting.push_back(value);
      if (const auto axes = axes_in(value.shape(), shape);
          axes && value.shape().size() < shape.size() && chance(30))
        fitting.push_back(broadcast(value, shape, *axes));
    }
    if (!fitting.empty() && chance(90)) return pick(fitting);
    if (chance(20)) return splat(graph_, {DType::f64, shape}, static_cast<double>(draw(5)) - 2);
    if (chance(20) && Type{DType::f64, shape}.elements() > 0) return dense_constant(shape);
    return chance(50) ? new_input(shape) : new_parameter(shape);
  }

  Value dense_constant(const Shape& shape) {
    std::vector<double> values(static_cast<std::size_t>(Type{DType::f64, shape}.elements()));
    for (double& value : values) value = static_cast<double>(draw(9)) / 4 - 1;
    return constant(graph_, {DType::f64, shape}, values);
  }

  /// Distinct axes of `shape` with the extents of `part`, in any order.
  std::optional<Axes> axes_in(const Shape& part, const Shape& shape) {
    Axes order(shape.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int64_t>(i);
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[draw(i)]);
    Axes axes;
    for (const std::int64_t extent : part) {
      const auto found = std::ranges::find_if(order, [&](std::int64_t axis) {
        return shape[static_cast<std::size_t>(axis)] == extent &&
               std::ranges::find(axes, axis) == axes.end();
      });
      if (found == order.end()) return std::nullopt;
      axes.push_back(*found);
    }
    return axes;
  }

  Axes some_axes(std::size_t rank) {
    Axes axes;
    for (std::size_t axis = 0; axis < rank; ++axis)
      if (chance(50)) axes.push_back(static_cast<std::int64_t>(axis));
    return axes;
  }

  /// Keeps numbers small, so that errors stay small too.
  Value tamed(Value value) { return chance(35) ? tanh(value) : value; }

  Value step() {
    const Value x = pick(values_);
    using Make = Value (RandomGraph::*)(Value);
    const std::vector<Make> makes = {
        &RandomGraph::unary,    &RandomGraph::unary,     &RandomGraph::binary,
        &RandomGraph::binary,   &RandomGraph::binary,    &RandomGraph::choice,
        &RandomGraph::repeat,   &RandomGraph::reduced,   &RandomGraph::reduced,
        &RandomGraph::product,  &RandomGraph::product,   &RandomGraph::moved,
        &RandomGraph::moved,    &RandomGraph::composite, &RandomGraph::looked_up,
        &RandomGraph::reshaped, &RandomGraph::drawn};
    return (this->*pick(makes))(x);
  }

  Value unary(Value x) {
    switch (draw(options_.smooth ? 10 : 13)) {
      case 0:
        return -x;
      case 1:
        return sigmoid(x);
      case 2:
        return sin(x) + cos(x);
      case 3:
        return exp(tanh(x));
      case 4:
        return log(x * x + 1.0);
      case 5:
        return sqrt(x * x + 0.5);
      case 6:
        return x * (static_cast<double>(draw(7)) - 3);
      case 7:
        return x / (static_cast<double>(draw(4)) + 1);
      case 8:
        return pow(x, splat(x, static_cast<double>(draw(4))));
      case 9:
        return erf(x) + 0.0;
      case 10:
        return stop(x);
      case 11:
        return cast(cast(tanh(x) * 3.0, DType::i32), DType::f64);
      default:
        return abs(x);
    }
  }

  Value binary(Value x) {
    const Value y = value_of(x.shape());
    switch (draw(7)) {
      case 0:
        return x + y;
      case 1:
        return x - y;
      case 2:
        return x * tanh(y);
      case 3:
        return x / (y * y + 1.0);
      case 4:
        return max(x, y);
      case 5:
        return min(x, y);
      default:
        return x * x + y;
    }
  }

  Value choice(Value x) {
    const Value y = value_of(x.shape());
    Value condition = lt(x, splat(x, 0.123));
    if (chance(30)) condition = not_(condition);
    if (chance(30)) condition = and_(condition, le(splat(y, -0.321), y));
    return select(condition, x, y);
  }

  Value repeat(Value x) {
    if (x.shape().size() > 3) return x;
    Shape shape = x.shape();
    const std::size_t place = draw(shape.size() + 1);
    shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(place), random_extent());
    Axes axes;
    for (std::size_t axis = 0; axis < shape.size(); ++axis)
      if (axis != place) axes.push_back(static_cast<std::int64_t>(axis));
    return broadcast(x, shape, axes);
  }

  Value reduced(Value x) {
    const Axes axes = some_axes(x.shape().size());
    const bool is_empty = x.type().elements() == 0;  // the largest of nothing is infinite
    if (is_empty || chance(60)) return sum(x, axes);
    if (!options_.smooth && chance(20)) return cast(argmax(x, axes), DType::f64);
    return chance(50) ? reduce_max(x, axes) : reduce_min(x, axes);
  }

  /// A contraction of x with something that shares some of its axes.
  Value product(Value x) {
    std::string a, b, c;
    Shape shape;  // of the other factor
    for (std::size_t axis = 0; axis < x.shape().size(); ++axis) {
      const char letter = static_cast<char>('a' + axis);
      a += letter;
      const bool is_shared = chance(60);
      const bool is_kept = !is_shared || chance(40);
      if (is_shared) {
        b += letter;
        shape.push_back(x.shape()[axis]);
      }
      if (is_kept) c += letter;
    }
    if (c.size() < 3 && chance(70)) {
      b += 'z';
      c += 'z';
      shape.push_back(random_extent());
    }
    for (std::size_t i = b.size(); i > 1; --i) {
      const std::size_t j = draw(i);
      std::swap(b[i - 1], b[j]);
      std::swap(shape[i - 1], shape[j]);
    }
    if (chance(50)) std::reverse(c.begin(), c.end());
    const Value y = value_of(shape);
    return chance(50) ? contract(x, y, a + "," + b + "->" + c)
                      : contract(y, x, b + "," + a + "->" + c);
  }

  Value moved(Value x) {
    const std::size_t rank = x.shape().size();
    if (rank == 0) return x;
    const std::size_t axis = draw(rank);
    switch (draw(4)) {
      case 0: {
        Axes permutation = *axes_in(x.shape(), x.shape());
        return transpose(x, permutation);
      }
      case 1: {
        Axes starts(rank, 0), steps(rank, 1);
        Shape sizes = x.shape();
        if (sizes[axis] > 1) {
          starts[axis] = static_cast<std::int64_t>(draw(2));
          steps[axis] = 1 + static_cast<std::int64_t>(draw(2));
          sizes[axis] = (sizes[axis] - starts[axis] + steps[axis] - 1) / steps[axis];
        }
        return slice(x, starts, sizes, steps);
      }
      case 2: {
        Axes low(rank, 0), high(rank, 0), interior(rank, 0);
        low[axis] = static_cast<std::int64_t>(draw(2));
        high[axis] = static_cast<std::int64_t>(draw(2));
        interior[axis] = static_cast<std::int64_t>(draw(2));
        return pad(x, low, high, interior);
      }
      default: {
        const Value parts[] = {x, value_of(x.shape())};
        return concat(parts, static_cast<std::int64_t>(axis));
      }
    }
  }

  Value composite(Value x) {
    const bool is_empty = x.type().elements() == 0;
    if (!options_.composite || is_empty || x.shape().empty()) return unary(x);
    Axes axes = some_axes(x.shape().size());
    if (axes.empty()) axes.push_back(0);
    return chance(50) ? softmax(x, axes) : log_softmax(tanh(x), axes);
  }

  Value looked_up(Value x) {
    if (x.shape().empty() || x.shape()[0] == 0) return unary(x);
    const Value ids = iota(graph_, {DType::i32, {3}}, 0);  // some of them may lie outside
    if (chance(50)) return gather(x, ids);
    const Value rows = value_of({3, 2});
    return scatter_add(ids, rows, 2 + static_cast<std::int64_t>(draw(3)));
  }

  Value reshaped(Value x) {
    const std::int64_t elements = x.type().elements();
    switch (draw(3)) {
      case 0:
        return reshape(x, {elements});
      case 1:
        return elements % 2 == 0 ? reshape(x, {2, elements / 2}) : reshape(x, {1, elements, 1});
      default: {
        Shape shape = x.shape();
        shape.push_back(1);
        return shape.size() > 4 ? x : reshape(x, shape);
      }
    }
  }

  Value drawn(Value x) {
    const Value seed = splat(graph_, {DType::i64, {}}, 5),
                step = splat(graph_, {DType::i64, {}}, 3);
    return x * random(seed, step, x.type(), static_cast<std::int64_t>(draw(3)));
  }

  Value loss() {
    Value total = splat(graph_, {DType::f64, {}}, 0);
    for (int i = 0; i < 3; ++i) {
      const Value x = tanh(pick(values_));
      Axes all(x.shape().size());
      for (std::size_t axis = 0; axis < all.size(); ++axis)
        all[axis] = static_cast<std::int64_t>(axis);
      total = total + sum(x * x + x, all);
    }
    return total;
  }

  void append_results() {
    std::vector<Value> results;
    std::vector<std::string> names;
    const auto add = [&](Value value, std::string name) {
      results.push_back(value);
      names.push_back(std::move(name));
    };
    for (int i = 0; i < 3; ++i) add(pick(values_), "y" + std::to_string(i));
    std::map<NodeId, Value> gradient_of;
    if (options_.gradients) {
      const Value total = loss();
      add(total, "loss");
      for (const Value& parameter : parameters_) {
        gradient_of[parameter.id()] = gradient(total, parameter);
        add(gradient_of[parameter.id()], "g_" + parameter.node().name);
      }
    }
    if (options_.commits)
      for (const Value& parameter : parameters_)
        if (chance(70))
          add(new_value_of(parameter, gradient_of[parameter.id()]), "<-" + parameter.node().name);
    return_(graph_, results, names);
  }

  /// An update, another slot's value, some value of the shape, or a number.
  Value new_value_of(Value parameter, Value gradient) {
    switch (draw(5)) {
      case 0:
      case 1:
        return gradient ? parameter - gradient * 0.1 : parameter * 0.5;
      case 2: {
        std::vector<Value> same;
        for (const Value& other : parameters_)
          if (other.shape() == parameter.shape()) same.push_back(other);
        return pick(same);
      }
      case 3:
        return value_of(parameter.shape());
      default:
        return splat(parameter, 0);
    }
  }

  std::mt19937 random_;
  RandomOptions options_;
  Graph graph_;
  std::vector<Value> values_, parameters_;
  int inputs_ = 0;
};

inline Graph random_graph(std::uint32_t seed, RandomOptions options) {
  return RandomGraph(seed, options).build();
}

}  // namespace gradc::ir
