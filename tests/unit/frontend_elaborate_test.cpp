#include "frontend/elaborate.h"

#include <gtest/gtest.h>

#include <algorithm>

#include <cmath>
#include <string>

#include "frontend/library.h"
#include "frontend/parser.h"
#include "ir/evaluate.h"
#include "ir/messages.h"
#include "ir/ops.h"
#include "ir/print.h"
#include "ir/verify.h"

namespace gradc::frontend {
namespace {

/// A model's text, elaborated.
struct Elaborated {
  explicit Elaborated(std::string text, const Options& options = {}) {
    const ir::Source& source = sources.add("test.grad", std::move(text));
    model = elaborate(parse(source, diagnostics), options, sources, diagnostics);
    if (model) {
      EXPECT_EQ(ir::verify(model->program), std::vector<std::string>());
    }
  }

  const ir::Entry& entry(std::string_view name) const {
    const ir::Entry* found = model->program.find_entry(name);
    EXPECT_NE(found, nullptr) << name;
    return *found;
  }

  ir::Sources sources;
  ir::Diagnostics diagnostics;
  std::optional<Model> model;
};

std::string model_with(const std::string& body) {
  return "model M {\n  dim B = 2, H = 3\n  input x: f32[B, H]\n" + body + "\n}\n";
}

/// The value of an expression over x = [[-2, -1, 0], [0.5, 1, 2]], in f64.
std::vector<double> value_of(const std::string& expression, const std::string& before = "") {
  const Elaborated elaborated(model_with(before + "\n  export y = " + expression),
                              {.dims = {}, .float_type = ir::DType::f64});
  EXPECT_TRUE(elaborated.model) << ir::render(elaborated.diagnostics);
  if (!elaborated.model) return {};
  const ir::Graph& graph = elaborated.entry("y").graph;
  const std::vector<double> x = {-2, -1, 0, 0.5, 1, 2};
  std::vector<ir::Tensor> inputs;
  for (const ir::NodeId input : ir::inputs(graph)) {
    EXPECT_EQ(graph[input].name, "x");
    inputs.emplace_back(ir::Shape{2, 3}, std::span<const double>(x));
  }
  const ir::Tensor result = ir::evaluate(graph, inputs).front();
  std::vector<double> out;
  for (std::int64_t i = 0; i < result.size(); ++i) out.push_back(result.real(i));
  return out;
}

void expect_near(const std::vector<double>& got, const std::vector<double>& expected) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], expected[i], 1e-12) << i;
}

TEST(Elaborate, ActivationsAreTheirFormulas) {
  expect_near(value_of("relu(x)"), {0, 0, 0, 0.5, 1, 2});
  expect_near(value_of("leaky_relu(x, slope = 0.1)"), {-0.2, -0.1, 0, 0.5, 1, 2});
  expect_near(value_of("relu6(4 * x)"), {0, 0, 0, 2, 4, 6});
  expect_near(value_of("elu(x)"), {std::expm1(-2), std::expm1(-1), 0, 0.5, 1, 2});
  expect_near(value_of("softplus(100 * x)"), {0, 0, std::log(2), 50, 100, 200});
  expect_near(value_of("softsign(x)"), {-2.0 / 3, -0.5, 0, 1.0 / 3, 0.5, 2.0 / 3});
  expect_near(value_of("silu(x) - x * sigmoid(x)"), std::vector<double>(6));
  expect_near(value_of("gelu(x) - x * 0.5 * (1 + erf(x / 2^0.5))"), std::vector<double>(6));
  expect_near(value_of("hard_tanh(x)"), {-1, -1, 0, 0.5, 1, 1});
  expect_near(value_of("heaviside(x)"), {0, 0, 0, 1, 1, 1});
}

TEST(Elaborate, LossesAreTheirFormulas) {
  expect_near(value_of("mse(x, 1)"), {9, 4, 1, 0.25, 0, 1});
  expect_near(value_of("huber(x, 0)"), {1.5, 0.5, 0, 0.125, 0.5, 1.5});
  const double log_2 = std::log(2);
  expect_near(value_of("bce_logits(0 * x, 0.25)"), std::vector<double>(6, log_2));
  expect_near(value_of("bce_logits(x, 1) + log(sigmoid(x))"), std::vector<double>(6));
  expect_near(value_of("cross_entropy(0 * x, i32([2, 0]) as [B])"),
              std::vector<double>(2, std::log(3)));
  expect_near(value_of("cross_entropy(x, index(B)) - (log(sum(exp(x) over H)) - x0)",
                       "  x0 = sum(select(index(B over B, H) == index(H over B, H), x, 0) over H)"),
              std::vector<double>(2));
  expect_near(value_of("accuracy(x, index(B) + 1)"), {0.5});
}

TEST(Elaborate, ReductionsNameTheirDims) {
  expect_near(value_of("sum(x)"), {0.5});
  expect_near(value_of("sum(x over B)"), {-1.5, 0, 2});
  expect_near(value_of("mean(x over H)"), {-1, 3.5 / 3});
  expect_near(value_of("max(x over H)"), {0, 2});
  expect_near(value_of("argmax(-x over H)"), {0, 0});
  expect_near(value_of("mean(x > 0)"), {0.5});
}

TEST(Elaborate, StaticArithmeticIsExactForWholeNumbers) {
  expect_near(value_of("7 / 2"), {3.5});
  expect_near(value_of("6 / 2 + B * H"), {9});
  expect_near(value_of("7 % 4 + 2^10"), {1027});
  expect_near(value_of("if B < H then 1 else 2"), {1});
  expect_near(value_of("max(B, H) - min(B, 0.5)"), {2.5});
}

TEST(Elaborate, PartsAndWholes) {
  expect_near(value_of("a - c", "  a, b, c = split(x, 3)"), {-2, -1.5});
  expect_near(value_of("concat(x, 2 * x over B)"), {-2, -1, 0, 0.5, 1, 2, -4, -2, 0, 1, 2, 4});
  expect_near(value_of("flatten(x as [B, H, 1])"), {-2, -1, 0, 0.5, 1, 2});
  expect_near(value_of("gather(x, [1, 0, 1] as [H])"), {0.5, 1, 2, -2, -1, 0, 0.5, 1, 2});
  expect_near(value_of("size(x) + size(H)"), {9});
  expect_near(value_of("dot(x, x over H)"), {5, 5.25});
  expect_near(value_of("x @ (ones(H, 1))"), {-3, 3.5});
}

TEST(Elaborate, LayersNormalise) {
  const auto y =
      value_of("(x - mean(x over H)) / sqrt(mean((x - mean(x over H))^2 over H) + 1e-5)");
  const Elaborated elaborated(model_with("  export y = x |> LayerNorm()"),
                              {.dims = {}, .float_type = ir::DType::f64});
  ASSERT_TRUE(elaborated.model);
  const std::vector<double> x = {-2, -1, 0, 0.5, 1, 2}, one(3, 1), zero(3, 0);
  const std::vector<ir::Tensor> inputs = {{{2, 3}, std::span<const double>(x)},
                                          {{3}, std::span<const double>(one)},
                                          {{3}, std::span<const double>(zero)}};
  const ir::Tensor result = ir::evaluate(elaborated.entry("y").graph, inputs).front();
  for (std::size_t i = 0; i < y.size(); ++i)
    EXPECT_NEAR(result.real(static_cast<std::int64_t>(i)), y[i], 1e-12);
}

/// What `init` writes, by slot.
std::map<std::string, ir::Tensor> initial_values(const Elaborated& elaborated, std::int64_t seed) {
  const ir::Graph& graph = elaborated.entry("init").graph;
  std::vector<ir::Tensor> inputs;
  for (const ir::NodeId input : ir::inputs(graph)) {
    EXPECT_EQ(graph[input].name, "seed");
    inputs.emplace_back(graph[input].type).set_integer(0, seed);
  }
  const auto results = ir::evaluate(graph, inputs);
  const auto names = ir::result_names(graph);
  std::map<std::string, ir::Tensor> out;
  for (std::size_t i = 0; i < results.size(); ++i) out.emplace(names[i].name, results[i]);
  return out;
}

TEST(Elaborate, InitialValuesHaveTheirDistribution) {
  const Elaborated elaborated(R"(
model M {
  dim I = 200, O = 100
  input x: f32[I]
  param u: f32[I, O] ~ glorot_uniform
  param n: f32[I, O] ~ he_normal
  param c: f32[O] ~ constant(0.25)
  export y = x @ u + x @ n + c
})");
  ASSERT_TRUE(elaborated.model) << ir::render(elaborated.diagnostics);
  const auto values = initial_values(elaborated, 1);
  const auto deviation = [&](const ir::Tensor& tensor) {
    double squares = 0;
    for (std::int64_t i = 0; i < tensor.size(); ++i) squares += std::pow(tensor.real(i), 2);
    return std::sqrt(squares / static_cast<double>(tensor.size()));
  };
  EXPECT_NEAR(deviation(values.at("u")), std::sqrt(2.0 / 300), 1e-3);
  EXPECT_NEAR(deviation(values.at("n")), std::sqrt(2.0 / 200), 1e-3);
  EXPECT_EQ(values.at("c").real(99), 0.25);
  EXPECT_EQ(initial_values(elaborated, 1).at("n"), values.at("n"));
  EXPECT_NE(initial_values(elaborated, 2).at("n"), values.at("n"));
}

TEST(Elaborate, EveryParameterDrawsNumbersOfItsOwn) {
  const Elaborated elaborated(
      model_with("  a = Dense(5)(x)\n  b = Dense(5)(x)\n  export y = a - b"));
  const auto values = initial_values(elaborated, 1);
  EXPECT_NE(values.at("a.w"), values.at("b.w"));
}

TEST(Elaborate, StorageKnowsWhatItsAxesAreCalled) {
  const Elaborated elaborated(model_with("  y = Dense(4*H)(x)\n  export p = y"));
  ASSERT_TRUE(elaborated.model);
  const ir::Storage* w = elaborated.model->program.find_storage("y.w");
  ASSERT_NE(w, nullptr);
  EXPECT_EQ(w->dim_names, (std::vector<std::string>{"H", "4*H"}));
  EXPECT_EQ(elaborated.entry("p").inputs.at(0).dim_names, (std::vector<std::string>{"B", "H"}));
}

TEST(Elaborate, TellsTheDriverHowToTrain) {
  const Elaborated elaborated(model_with(R"(
  input y: i32[B]
  loss = mean(cross_entropy(Dense(3)(x), y))
  metric twice = 2 * loss
  step fit minimize loss over all using adam(lr = 0.1)
  data digits {
    x = csv("iris*.csv", "a", "b", "c", header = true)
    y = idx("*labels*") / 2
  }
  data points {
    x = [[1, 2, 3], [4, 5, 6]]
    y = [0, 2]
  }
  train {
    data digits holdout 0.25
    epochs 7
    seed 3
    each batch { fit }
    each 2 epochs { eval loss, twice; save }
  })"));
  ASSERT_TRUE(elaborated.model) << ir::render(elaborated.diagnostics);
  const Model& model = *elaborated.model;
  ASSERT_EQ(model.steps.size(), 1U);
  EXPECT_EQ(model.steps[0].counter, "fit.step");
  EXPECT_EQ(model.steps[0].parameters, (std::vector<std::string>{"dense.w", "dense.b"}));
  EXPECT_EQ(model.metrics, std::vector<std::string>{"twice"});

  const auto& csv = std::get<FileData>(model.find_data("digits")->columns.at(0).source);
  EXPECT_EQ(csv.columns.size(), 3U);
  const auto& idx = std::get<FileData>(model.find_data("digits")->columns.at(1).source);
  EXPECT_EQ(idx.pattern, "*labels*");
  EXPECT_EQ(idx.scale, 0.5);
  const auto& labels = std::get<ir::Tensor>(model.find_data("points")->columns.at(1).source);
  EXPECT_EQ(labels.type(), (ir::Type{ir::DType::i32, {2}}));
  EXPECT_EQ(labels.integer(1), 2);

  ASSERT_TRUE(model.train);
  EXPECT_EQ(model.train->data, "digits");
  EXPECT_EQ(model.train->holdout, 0.25);
  EXPECT_EQ(model.train->epochs, 7);
  EXPECT_EQ(model.train->seed, 3U);
  ASSERT_EQ(model.train->schedules.size(), 2U);
  EXPECT_EQ(model.train->schedules[1].every, 2);
  EXPECT_EQ(model.train->schedules[1].actions[0].names,
            (std::vector<std::string>{"loss", "twice"}));

  const auto results = ir::result_names(elaborated.entry("evaluate").graph);
  ASSERT_EQ(results.size(), 2U);
  EXPECT_EQ(results[0].name, "twice");
  EXPECT_EQ(results[1].name, "loss");
}

TEST(Elaborate, TenMistakesGiveTenMessages) {
  const Elaborated elaborated(R"(
layer Decoder(X: dim, H: dim)(z: f32[B, Z]) -> f32[B, X] {
  return z |> Dense(H, act = relu) |> Dense(X)
}
model Wrong {
  dim B = 64, X = 784, H = 400
  input x: f32[B, X]
  input y: i32[B]
  a = Dense(H, act = rleu)(x)
  b = Dense(H, kernel = 3)(x)
  c = x + y
  d = x - Dense(H)(x)
  e = Decoder(X)
  f = mean(x over H)
  g = x as [B, 28, 29]
  if y { q = 1 }
  n = x @ x
  h <- x
  loss = mean(Dense(1)(x))
  step fit minimize loss over Gen using sgdd(lr = 1e-3)
})");
  EXPECT_FALSE(elaborated.model);
  const std::vector<std::pair<std::uint32_t, ir::Message>> expected = {
      {9, ir::Message::unknown_name},
      {10, ir::Message::unknown_argument},
      {11, ir::Message::element_types_differ},
      {12, ir::Message::dims_do_not_align},
      {13, ir::Message::argument_missing},
      {14, ir::Message::no_such_dim},
      {15, ir::Message::view_size_differs},
      {16, ir::Message::static_value_expected},
      {17, ir::Message::inner_dimensions_differ},
      {18, ir::Message::not_updatable},
      {20, ir::Message::not_an_instance},
      {20, ir::Message::unknown_name}};
  std::vector<std::pair<std::uint32_t, ir::Message>> got;
  for (const ir::Diagnostic& diagnostic : elaborated.diagnostics.all())
    got.emplace_back(ir::position_of(diagnostic.location).line, diagnostic.message);
  EXPECT_EQ(got, expected) << ir::render(elaborated.diagnostics);
}

TEST(Elaborate, AMistakeInALayerNamesItsUses) {
  const Elaborated elaborated(R"(
layer Inner()(x: f32[B, I]) -> f32[B, I] { assert I == 4; return x }
layer Outer()(x: f32[B, I]) -> f32[B, I] { return x |> Inner() }
model M {
  input x: f32[2, 3]
  export y = x |> Outer()
})");
  ASSERT_EQ(elaborated.diagnostics.error_count(), 1U);
  const ir::Diagnostic& diagnostic = elaborated.diagnostics.all()[0];
  EXPECT_EQ(ir::position_of(diagnostic.location).line, 2U);
  ASSERT_EQ(diagnostic.notes.size(), 2U);
  EXPECT_EQ(diagnostic.notes[0].text, "in `Inner` applied here");
  EXPECT_EQ(ir::position_of(diagnostic.notes[0].location).line, 3U);
  EXPECT_EQ(ir::position_of(diagnostic.notes[1].location).line, 6U);
}

TEST(Elaborate, MistakesThatTheLibraryFindsAreTheCallers) {
  const Elaborated elaborated(model_with("  export y = mse(x, ones(2))"));
  ASSERT_EQ(elaborated.diagnostics.error_count(), 1U);
  const ir::Diagnostic& diagnostic = elaborated.diagnostics.all()[0];
  EXPECT_EQ(diagnostic.location.source->name, "test.grad");
  EXPECT_TRUE(std::ranges::any_of(diagnostic.notes, [](const auto& note) {
    return note.location.source && note.location.source->name == "library/losses.grad";
  }));
}

TEST(Elaborate, EveryPublicLayerOfTheLibraryIsDocumented) {
  ir::Sources sources;
  ir::Diagnostics diagnostics;
  const Library library = load_library(sources, diagnostics);
  EXPECT_FALSE(diagnostics.has_errors()) << ir::render(diagnostics);
  int documented = 0;
  for (const ast::File& file : library.files)
    for (const ast::Declaration& declaration : file.declarations) {
      const auto* layer = std::get_if<ast::Layer>(&declaration.node);
      const auto* optimizer = std::get_if<ast::Optimizer>(&declaration.node);
      if (layer) {
        EXPECT_NE(layer->doc, "") << layer->name.text;
      }
      if (optimizer) {
        EXPECT_NE(optimizer->doc, "") << optimizer->name.text;
      }
      documented += layer || optimizer ? 1 : 0;
    }
  EXPECT_GT(documented, 10);
}

/// What watches the gradients is an entry of its own.
TEST(Flow, LeavesTheStepAsItIs) {
  const std::string text = R"(
model M {
  dim B = 2, T = 3
  input x: f32[B, T, 4]
  loss = mean(LSTM(5)(x)^2)
  step fit minimize loss over all using sgd(lr = 0.1) clip_norm 1
}
)";
  const Elaborated plain(text), watched(text, {.flow = true});
  EXPECT_EQ(ir::to_string(plain.entry("fit").graph), ir::to_string(watched.entry("fit").graph));
  EXPECT_EQ(plain.model->program.find_entry(flow_entry("fit")), nullptr);
  EXPECT_TRUE(plain.model->steps[0].flow.empty());

  std::vector<std::string> rows;
  for (const FlowRow& row : watched.model->steps[0].flow)
    rows.push_back(row.function.empty() ? row.name : row.name + ": " + row.function);
  EXPECT_EQ(rows, (std::vector<std::string>{
                      "lstm.h", "lstm.c", "lstm.cell: sigmoid(f + forget)", "lstm.cell: sigmoid(i)",
                      "lstm.cell: tanh(g)", "lstm.cell: sigmoid(o)", "lstm.cell: tanh(memory)",
                      "lstm.cell.wx", "lstm.cell.wh", "lstm.cell.b", "clip_norm"}));
}

}  // namespace
}  // namespace gradc::frontend
