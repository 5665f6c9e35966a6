// The gradient of a scan is that of its steps written out.
#include <gtest/gtest.h>

#include <cmath>

#include "ir/print.h"
#include "ir/verify.h"
#include "passes/pass.h"
#include "random_graph.h"

namespace gradc::passes {
namespace {

using ir::DType;
using ir::Graph;
using ir::NamedTensors;
using ir::Scan;
using ir::Shape;
using ir::StorageClass;
using ir::Tensor;
using ir::Value;
using Values = std::vector<Value>;

const Shape row = {2}, matrix = {2, 3};

/// A model with a scan of random steps: sequences, carried values (one of them a counter), whole
/// operands, scans inside, random numbers, softmax; results that the loss does not depend on.
class RandomScan {
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
      ir::Type type = operands[slot].type();
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

Graph passed(PassFunction pass, const Graph& graph) {
  ir::Diagnostics diagnostics;
  Context context{diagnostics};
  Graph out = pass(graph, context);
  EXPECT_FALSE(diagnostics.has_errors()) << render(diagnostics);
  const std::vector<std::string> problems = verify(out);
  EXPECT_TRUE(problems.empty()) << problems[0] << "\n" << to_string(out);
  return out;
}

double distance(const Tensor& a, const Tensor& b) {
  double out = 0;
  for (std::int64_t i = 0; i < a.size(); ++i)
    out = std::max(out, std::abs(a.real(i) - b.real(i)) / (1 + std::abs(a.real(i))));
  return out;
}

int scans(const Graph& graph) {
  int out = 0;
  for (const ir::NodeId n : nodes(graph)) out += graph[n].op == &ir::op::scan;
  return out;
}

class ScanGradients : public testing::TestWithParam<std::uint32_t> {
 protected:
  void expect_as_unrolled(bool twice) {
    for (const std::int64_t steps : {0, 1, 2, 3, 5, 8}) {
      const Graph graph = RandomScan(GetParam(), steps).build(twice);
      const Graph scanned = passed(differentiate, graph);
      const Graph flat = passed(differentiate, passed(unroll, graph));
      NamedTensors values = ir::random_inputs(graph, GetParam());
      const std::vector<Tensor> actual = evaluate(scanned, values),
                                expected = evaluate(flat, values);
      for (std::size_t i = 0; i < expected.size(); ++i)
        ASSERT_LE(distance(expected[i], actual[i]), 1e-10)
            << steps << " steps, result " << i << "\n"
            << to_string(graph) << to_string(scanned);
      if (!twice) {
        ASSERT_LE(scans(scanned), 2) << "one scan there and one back\n" << to_string(scanned);
      }
    }
  }
};

TEST_P(ScanGradients, AreThoseOfTheStepsWrittenOut) { expect_as_unrolled(false); }
TEST_P(ScanGradients, HaveGradientsToo) { expect_as_unrolled(true); }

/// Along a random direction, for all parameters at once.
TEST_P(ScanGradients, AgreeWithCentralDifferences) {
  const Graph graph = passed(differentiate, RandomScan(GetParam(), 3).build(false));
  const NamedTensors values = ir::random_inputs(graph, GetParam()),
                     direction = ir::random_inputs(graph, GetParam() + 1);
  const std::vector<Tensor> results = evaluate(graph, values);
  const auto names = result_names(graph);
  double expected = 0;
  std::set<std::string> moving;
  for (std::size_t number = 1; number < names.size(); ++number) {
    const std::string name = names[number].name.substr(2);
    if (!values.contains(name)) continue;
    moving.insert(name);
    for (std::int64_t i = 0; i < results[number].size(); ++i)
      expected += results[number].real(i) * direction.at(name).real(i);
  }
  const auto loss_at = [&](double step) {
    NamedTensors moved = values;
    for (const std::string& name : moving)
      for (std::int64_t i = 0; i < moved[name].size(); ++i)
        moved[name].set_real(i, moved[name].real(i) + step * direction.at(name).real(i));
    return evaluate(graph, moved)[0].real(0);
  };
  constexpr double step = 1e-6;
  const double measured = (loss_at(step) - loss_at(-step)) / (2 * step);
  if (to_string(graph).find("stop") != std::string::npos) return;  // differences do not stop
  EXPECT_NEAR(expected, measured, 1e-5 * (1 + std::abs(measured))) << to_string(graph);
}

INSTANTIATE_TEST_SUITE_P(Random, ScanGradients, testing::Range(0U, 60U));

}  // namespace
}  // namespace gradc::passes
