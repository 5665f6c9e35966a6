#include "ir/print.h"

#include <gtest/gtest.h>

#include "ir/ops.h"
#include "ir/print_dot.h"

namespace gradc::ir {
namespace {

Type f32(Shape shape) { return {DType::f32, std::move(shape)}; }

/// A training step with storage, author's names, a constant and a fused node of two results.
Graph step() {
  Graph body;
  const Value a = input(body, "a", f32({4, 8}), StorageClass::input);
  const Value b = input(body, "b", f32({4, 8}), StorageClass::input);
  const Value product = a * b;
  const Value results[] = {tanh(product), product};
  return_(body, results, {"r0", "r1"});

  Graph graph;
  graph.name = "fit";
  const Value x = input(graph, "x", f32({4, 2}), StorageClass::input);
  const Value w = input(graph, "dense.w", f32({2, 8}), StorageClass::param);
  const Value h = contract(x, w, "ik,kj->ij");
  graph.set_name(h.id(), "t1");  // an author may take a name that looks generated
  const Value half = splat(graph, f32({4, 8}), 0.5);
  const Value operands[] = {h, half};
  const Value group = fused(graph, operands, body);
  const Value returned[] = {sum(result(group, 0), {0, 1}), w};
  result(group, 1);
  return_(graph, returned, {"loss", "<-dense.w"});
  return graph;
}

TEST(Print, WritesWhatTheGrammarSays) {
  EXPECT_EQ(to_string(step()),
            R"(graph fit(x: f32[4, 2], param dense.w: f32[2, 8]) {
  t1 = contract(x, dense.w) {spec = "ik,kj->ij"} : f32[4, 8]
  t0 = constant() {values = [0.5]} : f32[4, 8]
  t2 = fused(t1, t0) : f32[4, 8] {
    graph (a: f32[4, 8], b: f32[4, 8]) {
      t0 = mul(a, b) : f32[4, 8]
      t1 = tanh(t0) : f32[4, 8]
      return r0 = t1, r1 = t0
    }
  }
  t3 = result(t2) {index = 0} : f32[4, 8]
  t4 = sum(t3) {axes = [0, 1]} : f32
  t5 = result(t2) {index = 1} : f32[4, 8]
  return loss = t4, dense.w <- dense.w
}
)");
}

TEST(Print, BreaksLongInputLists) {
  Graph graph;
  graph.name = "g";
  for (const char* name : {"first_operand", "second_operand", "third_operand", "fourth_operand"})
    input(graph, name, f32({64, 784}), StorageClass::input);
  return_(graph, {}, {});
  EXPECT_EQ(to_string(graph),
            "graph g(\n"
            "    first_operand: f32[64, 784],\n"
            "    second_operand: f32[64, 784],\n"
            "    third_operand: f32[64, 784],\n"
            "    fourth_operand: f32[64, 784]) {\n"
            "  return\n"
            "}\n");
}

TEST(Print, ShowsLocationsOnRequest) {
  Sources sources;
  const Source& source = sources.add("m.grad", "y = exp(x)\n");
  Graph graph;
  const Value x = input(graph, "x", f32({}), StorageClass::input);
  graph.location = {&source, 4, 10};
  const Value y = exp(x);
  graph.location = {};
  return_(graph, std::span(&y, 1), {"y"});
  EXPECT_NE(to_string(graph, {.locations = true}).find("t0 = exp(x) : f32  # m.grad:1:5\n"),
            std::string::npos);
}

TEST(Print, PutsEntriesOneAfterAnother) {
  Graph graph;
  graph.name = "a";
  return_(graph, {}, {});
  Program program;
  program.entries = {{"a", EntryKind::exported, graph, {}}, {"a", EntryKind::exported, graph, {}}};
  EXPECT_EQ(to_string(program), "graph a() {\n  return\n}\n\ngraph a() {\n  return\n}\n");
}

TEST(PrintDot, DrawsFusedNodesAsClusters) {
  const std::string text = to_dot(step());
  EXPECT_TRUE(text.starts_with("digraph G {"));
  EXPECT_NE(text.find("subgraph cluster0 { style=rounded; 4; 5; }"), std::string::npos) << text;
  EXPECT_NE(text.find("t0 = mul\\nf32[4, 8]"), std::string::npos) << text;
  EXPECT_EQ(text.find("fused"), std::string::npos) << text;
}

}  // namespace
}  // namespace gradc::ir
