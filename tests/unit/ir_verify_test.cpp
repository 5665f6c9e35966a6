#include "ir/verify.h"

#include <gtest/gtest.h>

#include "ir/ops.h"

namespace gradc::ir {
namespace {

using Problems = std::vector<std::string>;

Type f32(Shape shape) { return {DType::f32, std::move(shape)}; }

/// A graph whose last node is still missing: tests break it, then finish it.
struct Draft {
  Graph graph;
  Value x = input(graph, "x", f32({4}), StorageClass::input);
  Value w = input(graph, "w", f32({4}), StorageClass::param);

  NodeId append(Node node, std::vector<NodeId> operands) {
    return graph.append(std::move(node), operands);
  }
  Problems problems(std::vector<Value> values = {}, std::vector<std::string> names = {}) {
    return_(graph, values, names);
    return verify(graph);
  }
};

TEST(Verify, AcceptsWhatConstructorsMake) {
  Draft d;
  EXPECT_EQ(d.problems({d.x * d.w, d.w + 1.0}, {"y", "<-w"}), Problems());
}

TEST(Verify, OneReturnAtTheEnd) {
  EXPECT_EQ(verify(Graph()), (Problems{"there are 0 `return` nodes, not one"}));
  Draft twice;
  return_(twice.graph, {}, {});
  EXPECT_EQ(twice.problems(), (Problems{"there are 2 `return` nodes, not one"}));
  Draft early;
  return_(early.graph, {}, {});
  exp(early.x);
  EXPECT_EQ(verify(early.graph), (Problems{"`return` is followed by other nodes"}));
}

TEST(Verify, StoredTypesAreInferredTypes) {
  Draft d;
  d.append({.op = &op::exp, .type = f32({5})}, {d.x.id()});
  EXPECT_EQ(d.problems(), (Problems{"`t0` has the type f32[5] but should have f32[4]"}));
}

TEST(Verify, TypeRulesAccept) {
  Draft d;
  const Value y = input(d.graph, "y", f32({5}), StorageClass::input);
  d.append({.op = &op::add, .type = f32({4})}, {d.x.id(), y.id()});
  EXPECT_EQ(d.problems(),
            (Problems{"`t0`: `add` needs operands of one type but got f32[4] and f32[5]"}));
}

TEST(Verify, OperandsAreAsManyAsTheOpTakes) {
  Draft d;
  d.append({.op = &op::add, .type = f32({4})}, {d.x.id()});
  EXPECT_EQ(d.problems(), (Problems{"`t0`: `add` does not take 1 operands"}));
}

TEST(Verify, AttributesMatchTheOpsList) {
  Draft d;
  d.append({.op = &op::sum, .type = f32({})}, {d.x.id()});
  d.append({.op = &op::sum, .attributes = {{"axes", true}}, .type = f32({})}, {d.x.id()});
  d.append({.op = &op::exp, .attributes = {{"axes", true}}, .type = f32({4})}, {d.x.id()});
  EXPECT_EQ(d.problems(), (Problems{"`t0` lacks the attribute `axes`",
                                    "`t1`: the attribute `axes` is not a list of integers",
                                    "`t2`: `exp` has no attribute `axes`"}));
}

TEST(Verify, NamesAreUniqueAndReadable) {
  Draft d;
  d.graph.set_name(exp(d.x).id(), "x");
  d.graph.set_name(exp(d.w).id(), "2x");
  EXPECT_EQ(d.problems(), (Problems{"two nodes are called `x`", "`2x` is not a name"}));
}

TEST(Verify, InputsHaveNames) {
  Draft d;
  d.graph.set_name(d.x.id(), "");
  EXPECT_EQ(d.problems(), (Problems{"an input has no name"}));
}

TEST(Verify, StorageClassesExist) {
  Draft d;
  d.append({.op = &op::input,
            .attributes = {{"dtype", DType::f32}, {"shape", Shape{}}, {"storage", "attic"}},
            .name = "s"},
           {});
  EXPECT_EQ(d.problems(), (Problems{"`s`: there is no storage class `attic`"}));
}

TEST(Verify, ResultsHaveDistinctNames) {
  Draft d;
  EXPECT_EQ(d.problems({d.x, d.x, d.w, d.w}, {"y", "y", "<-w", "<-w"}),
            (Problems{"two results are called `y`", "two results are called `w`"}));
}

TEST(Verify, CommitsKeepTheTypeOfStorage) {
  Draft d;
  EXPECT_EQ(
      d.problems({sum(d.w, {0}), d.x}, {"<-w", "<-x"}),
      (Problems{"`w` is f32[4] but is committed as f32", "`x` is committed but is not storage"}));
}

/// y = f(a) for operands of f32[4]
Graph doubling(Type type = f32({4})) {
  Graph body;
  const Value a = input(body, "a", std::move(type), StorageClass::input);
  const Value y = a + a;
  return_(body, std::span(&y, 1), {"r0"});
  return body;
}

TEST(Verify, BodiesTakeTheOperands) {
  Draft d;
  d.append({.op = &op::fused, .type = f32({5}), .bodies = {doubling(f32({5}))}}, {d.x.id()});
  EXPECT_EQ(d.problems(),
            (Problems{"`t0`: the body of `fused` takes (f32[5]) but is given (f32[4])"}));
}

TEST(Verify, BodiesAreWhereTheyBelong) {
  Draft d;
  d.append({.op = &op::exp, .type = f32({4}), .bodies = {doubling()}}, {d.x.id()});
  d.append({.op = &op::fused, .type = f32({4})}, {d.x.id()});
  EXPECT_EQ(d.problems(), (Problems{"`t0` has 1 bodies, not 0", "`t1` has 0 bodies, not 1"}));
}

TEST(Verify, BodiesAreCheckedAndTouchNoStorage) {
  Graph body;
  const Value a = input(body, "a", f32({4}), StorageClass::param);
  body.append({.op = &op::exp, .type = f32({})}, std::vector{a.id()});
  return_(body, std::span(&a, 1), {"<-a"});
  Draft d;
  d.append({.op = &op::fused, .type = f32({4}), .bodies = {body}}, {d.x.id()});
  EXPECT_EQ(d.problems(), (Problems{"in `t0`: `t0` has the type f32 but should have f32[4]"}));

  Graph storing;
  const Value b = input(storing, "b", f32({4}), StorageClass::param);
  return_(storing, std::span(&b, 1), {"<-b"});
  Draft e;
  e.append({.op = &op::fused, .type = f32({4}), .bodies = {storing}}, {e.x.id()});
  EXPECT_EQ(e.problems(),
            (Problems{"in `t0`: the input `b` reads storage", "in `t0`: `b` is committed"}));
}

TEST(Verify, SeveralResultsAreReadThroughResult) {
  Graph body;
  const Value a = input(body, "a", f32({4}), StorageClass::input);
  const Value results[] = {a + a, a * a};
  return_(body, results, {"r0", "r1"});
  Draft d;
  const Value group = fused(d.graph, std::span(&d.x, 1), body);
  result(group, 1);
  exp(group);
  EXPECT_EQ(d.problems(),
            (Problems{"`t0` has several results, but `t2` does not say which it reads"}));
}

// ---- Programs
// ------------------------------------------------------------------------------------

Program program_of(Draft draft, std::vector<Value> values, std::vector<std::string> names) {
  for (Value& value : values) value = Value(draft.graph, value.id());
  return_(draft.graph, values, std::move(names));
  Program out;
  out.storage = {{"w", StorageClass::param, f32({4}), {}, {}}};
  out.entries = {{"fit", EntryKind::step, std::move(draft.graph), {{"x", {}}}}};
  return out;
}

TEST(VerifyProgram, AcceptsAnAgreement) {
  Draft d;
  EXPECT_EQ(verify(program_of(d, {d.w, d.x}, {"<-w", "y"})), Problems());
}

TEST(VerifyProgram, StorageIsInTheTable) {
  Draft d;
  Program program = program_of(d, {d.x}, {"<-v"});
  program.storage[0].type = f32({3});
  EXPECT_EQ(verify(program), (Problems{"`fit` reads `w` as param f32[4] but it is param f32[3]",
                                       "`fit` writes `v`, which is not in the storage table"}));
  program.storage.clear();
  EXPECT_EQ(verify(program).front(), "`fit` reads `w`, which is not in the storage table");
}

TEST(VerifyProgram, CommitsHaveTheSlotsType) {
  Draft d;
  Program program = program_of(d, {d.x}, {"<-v"});
  program.storage.push_back({"v", StorageClass::state, f32({2}), {}, {}});
  EXPECT_EQ(verify(program), (Problems{"`fit` writes f32[4] to `v`, which is f32[2]"}));
}

TEST(VerifyProgram, NamesAndInputsAreDistinct) {
  Draft d;
  Program program = program_of(d, {d.x}, {"y"});
  program.storage.push_back(program.storage[0]);
  program.entries[0].inputs[0].name = "z";
  EXPECT_EQ(verify(program), (Problems{"two storage slots are called `w`",
                                       "`fit`: the table of inputs differs from the graph's"}));
}

}  // namespace
}  // namespace gradc::ir
