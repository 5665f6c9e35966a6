#pragma once
/// Scans of random steps, with gradients: for the differentiation of scans, for passes and for
/// code generation.
#include <random>
#include <string>
#include <vector>

#include "ir/ops.h"
#include "ir/scan.h"

namespace gradc::ir {

/// A model with a scan of random steps: sequences, carried values (one of them a counter), whole
/// operands, scans inside, random numbers, softmax; results that the loss does not depend on.
class RandomScan {
  using Values = std::vector<Value>;
  inline static const Shape row = {2}, matrix = {2, 3};

 public:
  RandomScan(std::uint32_t seed, std::int64_t steps) : random_(seed), steps_(steps) {}

  /// Returns the loss, its gradients, and with `twice` the gradients of a function of those.
  Graph build(bool twice) {
    graph_.name = "g";
    const auto number = [&](std::string name, DType dtype, Shape shape) {
      return input(graph_, std::move(name), {dtype, std::move(shape)}, StorageClass::param);
    };
    Values given = {number("xs", DType::f64, {steps_, 2}), number("ys", DType::f64, {steps_, 2, 3}),
                    number("h", DType::f64, row),          number("n", DType::i64, {}),
                    number("k", DType::f64, matrix),       number("u", DType::f64, row),
                    number("w", DType::f64, matrix)};
    Values operands = given;
    if (chance(20)) operands[6] = tanh(given[4]);  // several uses of one value
    if (chance(20)) operands[2] = splat(graph_, {DType::f64, row}, 0.5);
    const Values results = scanned(operands);
    const Value loss = loss_of(results, given);
    Values out = {loss};
    std::vector<std::string> names = {"loss"};
    for (const Value& value : given) {
      if (value.dtype() != DType::f64 || chance(20)) continue;
      names.push_back("g_" + value.node().name);
      out.push_back(gradient(loss, value));
    }
    if (twice) {
      Value total = splat(loss, 0);
      for (std::size_t i = 1; i < out.size(); ++i) total = total + total_of(tanh(out[i]));
      for (const Value& value : given) {
        if (value.dtype() != DType::f64) continue;
        names.push_back("gg_" + value.node().name);
        out.push_back(gradient(total, value));
      }
    }
    return_(graph_, out, names);
    return std::move(graph_);
  }

 private:
  bool chance(int percent) { return static_cast<int>(random_() % 100) < percent; }
  Value pick(const Values& values) { return values[random_() % values.size()]; }

  static Value total_of(Value x) {
    std::vector<std::int64_t> axes(x.shape().size());
    for (std::size_t i = 0; i < axes.size(); ++i) axes[i] = static_cast<std::int64_t>(i);
    return sum(x, axes);
  }

  Value loss_of(const Values& results, const Values& given) {
    Value loss = splat(graph_, {DType::f64, {}}, 0);
    for (const Value& result : results)
      if (result.dtype() == DType::f64 && chance(60)) loss = loss + total_of(sin(result));
    return chance(30) ? loss + total_of(given[5] * given[2]) : loss;
  }

  Values scanned(const Values& operands) {
    Graph body;
    Values in;
    for (std::size_t slot = 0; slot < operands.size(); ++slot) {
      Type type = operands[slot].type();
      if (slot < 2) type.shape.erase(type.shape.begin());
      in.push_back(input(body, "x" + std::to_string(slot), type, StorageClass::input));
    }
    Values rows = {in[0], in[2], in[5]}, matrices = {in[1], in[4], in[6]};
    for (int i = 0; i < 9; ++i) {
      rows.push_back(next_row(pick(rows), pick(rows), pick(matrices), in[3]));
      matrices.push_back(next_matrix(pick(matrices), pick(matrices), pick(rows)));
    }
    const Value counted = in[3] + 1.0;
    const Value results[] = {pick(rows), counted,        pick(matrices), pick(rows),
                             in[3],      pick(matrices), pick(rows)};
    return_(body, results, {"h", "n", "k", "a", "b", "c", "d"});
    const Scan scan{.steps = steps_, .scanned = 2, .carried = 3, .is_reverse = chance(50)};
    return results_of(ir::scan(graph_, operands, to_attributes(scan), body), 7);
  }

  static Values results_of(Value scan, std::int64_t count) {
    Values out;
    for (std::int64_t i = 0; i < count; ++i) out.push_back(result(scan, i));
    return out;
  }

  Value next_row(Value a, Value b, Value m, Value counter) {
    switch (random_() % 9) {
      case 0:
        return tanh(a + b);
      case 1:
        return sin(a) * b;
      case 2:
        return tanh(sum(m, {1}));
      case 3:
        return softmax(a, {0});
      case 4:
        return select(lt(a, b), a, b * 0.5);
      case 5:
        return a * random(counter, counter, a.type(), 3);
      case 6:
        return reshape(slice(m, {0, 1}, {2, 1}, {1, 1}), row);
      case 7:
        return stop(a) + b;
      default:
        return running(a, m);
    }
  }

  Value next_matrix(Value a, Value b, Value r) {
    switch (random_() % 5) {
      case 0:
        return a * broadcast(r, matrix, {0});
      case 1:
        return tanh(a + b);
      case 2:
        return tanh(contract(contract(a, b, "ik,jk->ij"), a, "ij,jk->ik"));
      case 3:
        return log_softmax(a, {1});
      default:
        return sin(a) - b;
    }
  }

  /// A scan inside the step, along the axis of extent 2 or over nothing but its own state.
  Value running(Value a, Value m) {
    Graph body;
    const bool has_outputs = chance(50);
    const Value x = input(body, "m", {DType::f64, {3}}, StorageClass::input);
    const Value h = input(body, "h", {DType::f64, row}, StorageClass::input);
    const Value u = input(body, "u", {DType::f64, row}, StorageClass::input);
    const Value y = tanh(h * u + broadcast(sum(x * x, {0}), row, {}));
    const Value results[] = {y, sin(sum(h * y, {0}))};
    return_(body, std::span(results, has_outputs ? 2 : 1),
            has_outputs ? std::vector<std::string>{"h", "o"} : std::vector<std::string>{"h"});
    const Scan scan{.steps = 2, .scanned = 1, .carried = 1, .is_reverse = chance(50)};
    const Value operands[] = {m, a, a};
    const Value out = ir::scan(a.graph(), operands, to_attributes(scan), std::move(body));
    if (!has_outputs) return out;
    return result(out, 1) + (chance(50) ? result(out, 0) : a);
  }

  std::mt19937 random_;
  std::int64_t steps_;
  Graph graph_;
};

}  // namespace gradc::ir
