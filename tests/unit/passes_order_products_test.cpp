// Folds of products become convolutions, and what joins their results is no fold either.
#include <gtest/gtest.h>

#include <random>

#include "graph_run.h"
#include "ir/print.h"
#include "passed.h"

namespace gradc::passes {
namespace {

using ir::Graph;
using ir::NodeId;
using ir::Shape;
using ir::Type;
using ir::Value;
using ir::Window;

std::int64_t between(std::mt19937& random, std::int64_t low, std::int64_t high) {
  return std::uniform_int_distribution(low, high)(random);
}

/// Windows along `axis`, and how long it has to be.
std::pair<Window, std::int64_t> random_windows(std::mt19937& random, std::int64_t axis) {
  Window out{.axis = axis,
             .count = between(random, 1, 4),
             .stride = between(random, 1, 4),
             .size = between(random, 1, 4),
             .dilation = between(random, 1, 3) * (between(random, 0, 3) == 0 ? -1 : 1)};
  const std::int64_t reach = (out.size - 1) * out.dilation;
  out.start = between(random, 0, 2) + std::max<std::int64_t>(-reach, 0);
  const std::int64_t last =
      out.start + (out.count - 1) * out.stride + std::max<std::int64_t>(reach, 0);
  return {out, last + 1 + between(random, 0, 2)};
}

/// The gradient of a convolution of images with groups, or a part of it.
Graph random_fold(std::uint32_t seed) {
  std::mt19937 random(seed);
  const auto [rows, height] = random_windows(random, 2);
  const auto [columns, width] = random_windows(random, 3);
  const std::int64_t batch = 2, groups = 2, in = 2, out = 3;

  Graph graph;
  graph.name = "f";
  const Value dy =
      input(graph, "dy", {ir::DType::f64, {batch, groups, out, rows.count, columns.count}},
            ir::StorageClass::input);
  const Value w = input(graph, "w", {ir::DType::f64, {groups, out, in, rows.size, columns.size}},
                        ir::StorageClass::input);
  Value c = between(random, 0, 1) == 0 ? contract(dy, w, "bgopq,goikl->bgipqkl")
                                       : contract(w, dy, "goikl,bgopq->bgipqkl");
  std::vector<Window> windows{rows, columns};
  for (Window& window : windows) ++window.axis;
  Value dx = fold(c, windows, {batch, groups, in, height, width});
  if (between(random, 0, 1) == 0) {
    const std::int64_t top = between(random, 0, height - 1), left = between(random, 0, width - 1);
    dx = slice(dx, {between(random, 0, 1), 0, 0, top, left},
               {1, groups, in, between(random, 1, height - top), between(random, 1, width - left)},
               {1, 1, 1, 1, 1});
  }
  return_(graph, std::span(&dx, 1), {"dx"});
  return graph;
}

class FoldOfProduct : public testing::TestWithParam<std::uint32_t> {};

TEST_P(FoldOfProduct, BecomesConvolutions) {
  const Graph graph = random_fold(GetParam());
  const Graph ordered = passed(permute_windows, passed(order_products, graph));
  for (const NodeId node : nodes(ordered))
    EXPECT_NE(ordered[node].op, &ir::op::fold) << to_string(graph) << to_string(ordered);
  const ir::NamedTensors values = ir::random_inputs(graph, GetParam());
  EXPECT_LE(distance(evaluate(graph, values)[0], evaluate(ordered, values)[0]), 1e-12)
      << to_string(graph) << to_string(ordered);
}

INSTANTIATE_TEST_SUITE_P(Random, FoldOfProduct, testing::Range(0U, 300U));

}  // namespace
}  // namespace gradc::passes
