#include "frontend/graph_text.h"

#include <gtest/gtest.h>

#include <string>

#include "ir/ops.h"
#include "ir/print.h"
#include "ir/verify.h"

namespace gradc::frontend {
namespace {

/// Printed again, or the first message.
std::string round_trip(const std::string& text) {
  const ir::Source source{"test.grad", text};
  ir::Diagnostics diagnostics;
  const auto program = parse_graphs(source, diagnostics);
  if (!program)
    return fmt::format("{}: {}", ir::to_string(diagnostics.all()[0].location),
                       diagnostics.all()[0].text);
  for (const std::string& problem : ir::verify(*program)) ADD_FAILURE() << problem;
  return ir::to_string(*program);
}

std::string messages(const std::string& text) {
  const ir::Source source{"test.grad", text};
  ir::Diagnostics diagnostics;
  parse_graphs(source, diagnostics);
  std::string out;
  for (const ir::Diagnostic& diagnostic : diagnostics.all())
    out += fmt::format("{}: {}\n", ir::to_string(diagnostic.location), diagnostic.text);
  return out;
}

ir::Program program_of(const std::string& text) {
  const ir::Source source{"test.grad", text};
  ir::Diagnostics diagnostics;
  const auto program = parse_graphs(source, diagnostics);
  EXPECT_TRUE(program) << ir::render(diagnostics);
  return program.value_or(ir::Program{});
}

constexpr const char* step = R"(graph fit(x: f32[4, 2], param dense.w: f32[2, 8]) {
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
)";

TEST(GraphText, PrintsWhatItRead) { EXPECT_EQ(round_trip(step), step); }

TEST(GraphText, ReadsSeveralGraphs) {
  const std::string text =
      "graph init(counter seed: i64) {\n"
      "  t0 = constant() {values = [1.5, -2.0, inf]} : f32[3]\n"
      "  return w <- t0\n"
      "}\n\n"
      "graph predict(\n    state w: f32[3],\n    optimizer w.m: f32[3],\n"
      "    a_rather_long_name_of_an_input: f32[3],\n"
      "    another_rather_long_name_of_an_input: f32[3]) {\n"
      "  return p = w, q = a_rather_long_name_of_an_input\n"
      "}\n";
  EXPECT_EQ(round_trip(text), text);
}

TEST(GraphText, LineBreaksInsideBracketsDoNotMatter) {
  EXPECT_EQ(
      round_trip("graph g(x: f32[2,\n 3],\n y: f32[2, 3]) { # c\n\n t = add(x,\n y) : f32[2, 3]; "
                 "return r = t }"),
      "graph g(x: f32[2, 3], y: f32[2, 3]) {\n  t = add(x, y) : f32[2, 3]\n  return r = t\n}\n");
}

TEST(GraphText, TakesAttributesFromTheType) {
  const ir::Program program = program_of(
      "graph (x: f32[2, 3]) {\n y = reshape(x) : f32[6]\n z = cast(y) : f64[6]\n return z = z\n}");
  const ir::Graph& graph = program.entries.at(0).graph;
  EXPECT_EQ(graph[ir::NodeId{1}].attributes.get<ir::Shape>("shape"), ir::Shape{6});
  EXPECT_EQ(graph[ir::NodeId{2}].attributes.get<ir::DType>("dtype"), ir::DType::f64);
}

TEST(GraphText, GeneratedNamesAreNotKept) {
  const ir::Program program = program_of(
      "graph (x: f32) {\n t0 = exp(x) : f32\n mine = exp(t0) : f32\n return z = mine\n}");
  const ir::Graph& graph = program.entries.at(0).graph;
  EXPECT_EQ(graph[ir::NodeId{1}].name, "");
  EXPECT_EQ(graph[ir::NodeId{2}].name, "mine");
}

TEST(GraphText, BuildsTheStorageTable) {
  const ir::Program program = program_of(
      "graph init() {\n t = constant() {values = [0.0]} : f32[2]\n return w <- t, m <- t\n}\n"
      "graph fit(x: f32[2], param w: f32[2]) {\n t = add(x, w) : f32[2]\n return w <- t\n}\n"
      "graph evaluate(param w: f32[2]) {\n return y = w\n}\n"
      "graph predict(param w: f32[2]) {\n return y = w\n}");
  ASSERT_TRUE(program.find_storage("w"));
  EXPECT_EQ(program.find_storage("w")->storage_class, ir::StorageClass::param);
  EXPECT_EQ(program.find_storage("m")->storage_class, ir::StorageClass::buffer);
  EXPECT_EQ(program.find_storage("w")->dim_names, std::vector<std::string>{"2"});
  using enum ir::EntryKind;
  const ir::EntryKind kinds[] = {init, ir::EntryKind::step, evaluate, exported};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(program.entries.at(i).kind, kinds[i]);
  EXPECT_EQ(program.entries[1].inputs.at(0).name, "x");
}

TEST(GraphText, IsRecognised) {
  EXPECT_TRUE(is_graph_text({"test.grad", "# c\n\n graph g() { return }"}));
  EXPECT_FALSE(is_graph_text({"test.grad", "model graph { }"}));
  EXPECT_FALSE(is_graph_text({"test.grad", ""}));
}

TEST(GraphText, ReportsEachMistakeOnce) {
  EXPECT_EQ(messages("graph g(x: f32[2, 3], y: f32[3], x: f32) {\n"
                     "  a = add(x, y) : f32[2, 3]\n"
                     "  b = exp(a) : f32[2, 3]\n"
                     "  c = exp(nothing) : f32[2, 3]\n"
                     "  d = exp(x) : f32[3, 2]\n"
                     "  e = magic(x) : f32[2, 3]\n"
                     "  f = input() : f32[2, 3]\n"
                     "  g = sum(x) {axes = [0, 7]} : f32\n"
                     "  h = exp(x) {axes = [0]} : f32[2, 3]\n"
                     "  i = exp(x : f32[2, 3]\n"
                     "  return r = d, r = x, x <- x\n"
                     "}"),
            "test.grad:1:34: `x` is given twice\n"
            "test.grad:2:7: `add` needs operands of one type but got f32[2, 3] and f32[3]\n"
            "test.grad:4:11: there is no value `nothing` above this line\n"
            "test.grad:5:16: stated type f32[3, 2] differs from the inferred type f32[2, 3]\n"
            "test.grad:6:7: there is no op `magic`\n"
            "test.grad:7:7: there is no op `input`\n"
            "test.grad:8:7: axis 7 of `sum` is outside [2, 3]\n"
            "test.grad:9:7: `exp` has no attribute `axes`\n"
            "test.grad:10:10: `(` is never closed\n"
            "test.grad:11:17: `r` is given twice\n"
            "test.grad:11:24: `x` is storage here but an input elsewhere\n");
}

/// The first message about a fused node whose body is `body`.
std::string about_body(const std::string& body) {
  return round_trip("graph (x: f32[4]) {\n  y = fused(x) : f32[4] {" + body +
                    "}\n  return r = y\n}");
}

TEST(GraphText, ChecksBodies) {
  const std::string at = "test.grad:2:7: the body of `fused` ";
  EXPECT_EQ(about_body(""), at + "is missing");
  EXPECT_EQ(
      about_body("\ngraph (a: f32[4]) {\nreturn r = a\n}\ngraph (a: f32[4]) {\nreturn r = a\n}\n"),
      at + "is given twice");
  EXPECT_EQ(about_body("graph (a: f32[3]) { return r = a }"),
            at + "takes (f32[3]) but is given (f32[4])");
  EXPECT_EQ(about_body("graph (param a: f32[4]) { return r = a }"), at + "uses the storage `a`");
  EXPECT_EQ(about_body("graph (a: f32[4]) { return b <- a }"), at + "uses the storage `b`");
  EXPECT_EQ(about_body("graph (a: f32[4]) { return }"), at + "returns nothing");
  EXPECT_EQ(about_body("graph (a: f32[4]) {\n b = constant() {values = [1, 2, 3, 4]} : f32[4]\n"
                       " return r = b\n}"),
            at + "does not fit one kernel");
  EXPECT_EQ(about_body("graph (a: f32[4]) { b = exp(a) : f32[3]; return r = b }"),
            "test.grad:2:59: stated type f32[3] differs from the inferred type f32[4]");
}

TEST(GraphText, SeveralResultsAreReadOneByOne) {
  EXPECT_EQ(messages("graph (x: f32) {\n"
                     "  y = fused(x) : f32 { graph (a: f32) { return r = a, s = a } }\n"
                     "  z = exp(y) : f32\n"
                     "  return r = y\n}"),
            "test.grad:3:11: `y` has 2 results; read one of them with `result`\n"
            "test.grad:4:14: `y` has 2 results; read one of them with `result`\n");
}

TEST(GraphText, StorageAgrees) {
  EXPECT_EQ(round_trip("graph a(param w: f32) { return }\ngraph b(state w: f32) { return }"),
            "test.grad:2:15: `w` is state here but param elsewhere");
  EXPECT_EQ(round_trip("graph a(param w: f32) { return }\ngraph b(param w: f64) { return }"),
            "test.grad:2:15: `w` is f64 here but f32 elsewhere");
  EXPECT_EQ(round_trip("graph a(param w: f32, x: f64) { return w <- x }"),
            "test.grad:1:40: `w` is f64 here but f32 elsewhere");
}

TEST(GraphText, RefusesOtherText) {
  EXPECT_EQ(round_trip("graph (x: f32) {\n}"),
            "test.grad:2:1: expected `return` at the end of a graph but found its end");
  EXPECT_EQ(round_trip("graph (x: f32[9999999999999]) { return }"),
            "test.grad:1:8: f32[9999999999999] is larger than the limit of 1099511627776 bytes");
  EXPECT_EQ(round_trip("graph () { t = constant() {values = [1, \"a\"]} : f32\n return }"),
            "test.grad:1:37: expected a list of numbers or a list of strings but found another");
  EXPECT_EQ(round_trip("graph () { return }\nmodel M { }"),
            "test.grad:2:1: expected `graph` but found `model`");
  EXPECT_EQ(round_trip("graph () { return\n t = exp(x) : f32 }"),
            "test.grad:2:2: expected `}` after `return` but found `t`");
  EXPECT_EQ(round_trip("graph g() { return }\ngraph g() { return }"),
            "test.grad:2:1: `g` is given twice");
}

}  // namespace
}  // namespace gradc::frontend
