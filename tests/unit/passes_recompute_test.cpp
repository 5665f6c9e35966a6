// What kernels compute again: chosen at the least price, and the same bits.
#include <gtest/gtest.h>

#include <bit>
#include <random>

#include "graph_run.h"
#include "passed.h"
#include "passes/cheapest_cut.h"
#include "passes/grouping.h"
#include "passes/own_copies.h"
#include "passes/pipeline.h"
#include "passes/recompute.h"
#include "random_graph.h"

namespace gradc::passes {
namespace {

using ir::Graph;
using ir::NodeId;
using ir::Tensor;

// ---- The cut -----------------------------------------------------------------------------------

std::vector<Obtainable> random_values(std::mt19937& random) {
  const auto draw = [&](int count) { return static_cast<int>(random() % count); };
  std::vector<Obtainable> out(static_cast<std::size_t>(3 + draw(7)));
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (i < 2 || draw(5) > 0) out[i].read_price = draw(9);
    if (out[i].read_price != Obtainable::never && draw(3) == 0) continue;
    out[i].compute_price = draw(6);
    for (std::size_t operand = 0; operand < i; ++operand)
      if (draw(3) == 0) out[i].operands.push_back(operand);
  }
  return out;
}

/// What it costs if just `computed` are computed as far as they are used; nothing if a value that
/// is used cannot be had that way.
std::optional<double> price(const std::vector<Obtainable>& values,
                            const std::vector<std::size_t>& needed,
                            const std::vector<bool>& computed) {
  std::vector<bool> is_used(values.size());
  for (const std::size_t value : needed) is_used[value] = true;
  double out = 0;
  for (std::size_t i = values.size(); i-- > 0;) {
    if (!is_used[i]) continue;
    const double own = computed[i] ? values[i].compute_price : values[i].read_price;
    if (own == Obtainable::never) return std::nullopt;
    out += own;
    if (!computed[i]) continue;
    for (const std::size_t operand : values[i].operands) is_used[operand] = true;
  }
  return out;
}

TEST(CheapestToCompute, IsTheCheapestOfAllChoices) {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    const std::vector<Obtainable> values = random_values(random);
    const std::vector<std::size_t> needed = {values.size() - 1, values.size() - 2};
    std::optional<double> best;
    for (std::uint32_t choice = 0; choice < 1U << values.size(); ++choice) {
      std::vector<bool> computed;
      for (std::size_t i = 0; i < values.size(); ++i) computed.push_back((choice >> i & 1) != 0);
      const auto total = price(values, needed, computed);
      if (total && (!best || *total < *best)) best = total;
    }
    EXPECT_EQ(price(values, needed, cheapest_to_compute(values, needed)), best) << "seed " << seed;
  }
}

TEST(CheapestToCompute, ReadsWhatIsEquallyCheap) {
  const std::vector<Obtainable> values = {{.read_price = 3},
                                          {.read_price = 4, .compute_price = 1, .operands = {0}}};
  EXPECT_EQ(cheapest_to_compute(values, std::vector<std::size_t>{1}),
            (std::vector<bool>{false, false}));
}

TEST(CheapestToCompute, PaysOnceForWhatIsReadAnyway) {
  const std::vector<Obtainable> values = {{.read_price = 3},
                                          {.read_price = 4, .compute_price = 1, .operands = {0}}};
  EXPECT_EQ(cheapest_to_compute(values, std::vector<std::size_t>{0, 1}),
            (std::vector<bool>{false, true}));
}

// ---- Kernels -----------------------------------------------------------------------------------

/// A training step as `fuse` sees it.
Graph random_step(std::uint32_t seed) {
  const Graph graph =
      ir::random_graph(seed, {.steps = 40, .smooth = true, .gradients = true, .commits = true});
  ir::Diagnostics diagnostics;
  const auto program = run(ir::program_of(graph), {.stop_after = "order-products"}, diagnostics);
  EXPECT_TRUE(program) << render(diagnostics);
  return program->entries[0].graph;
}

struct Cost {
  double before = 0, after = 0;
};

/// What the kernels of a graph cost with every value computed once, and with `recompute`.
Cost costs(const Graph& step) {
  ir::Diagnostics diagnostics;
  Context context{diagnostics};
  const Graph graph = with_own_copies(step, false, context);
  GroupKernels facts(graph);
  const Groups groups = group(graph, facts);
  const auto total = [&](const std::vector<KernelNodes>& kernels) {
    double out = 0;
    for (const KernelNodes& kernel : kernels)
      if (!kernel.results.empty()) out += facts.of(kernel).value().cost;
    return out;
  };
  return {total(kernels_of_groups(graph, groups)), total(recompute(graph, groups, facts))};
}

TEST(Recompute, SavesAndNeverCosts) {
  int cheaper = 0;
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    const auto [before, after] = costs(random_step(seed));
    EXPECT_LE(after, before) << "seed " << seed;
    cheaper += after < before ? 1 : 0;
  }
  EXPECT_GT(cheaper, 10);
}

std::vector<std::uint64_t> bits(const Tensor& tensor) {
  std::vector<std::uint64_t> out;
  for (std::int64_t i = 0; i < tensor.size(); ++i)
    out.push_back(std::bit_cast<std::uint64_t>(tensor.real(i)));
  return out;
}

TEST(Recompute, KeepsEveryBit) {
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    const Graph step = random_step(seed);
    const ir::NamedTensors values = ir::random_inputs(step, seed);
    const std::vector<Tensor> expected = evaluate(step, values);
    const std::vector<Tensor> actual = evaluate(passed(fuse, step), values);
    for (std::size_t i = 0; i < expected.size(); ++i)
      EXPECT_EQ(bits(actual[i]), bits(expected[i])) << "seed " << seed << ", result " << i;
  }
}

}  // namespace
}  // namespace gradc::passes
