// No text makes the parsers crash or hang, and whatever they refuse they give a reason for.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "frontend/graph_text.h"
#include "frontend/parser.h"
#include "ir/print.h"
#include "ir/verify.h"

namespace gradc::frontend {
namespace {

const char* const models[] = {
    R"(# Affine.
layer Dense(O: dim, act = identity, bias = true)
           (x: f32[..., I]) -> f32[..., O] {
  param w: f32[I, O] ~ uniform(-1e-3, 1.5)
  y = x @ w
  if bias {
    param b: f32[O] ~ zeros
    y = y + b
  } else { assert O % 2 == 0, "odd\n" }
  return act(y), (H+2*pad-k)/stride+1
}
optimizer sgd(lr = 0.1)(p, g) {
  state m ~ zeros
  p <- p - lr * g^2
}
fn silu(x) = x * sigmoid(x))",
    R"(import "layers.grad"
dim A = 3, B
model CharLM(V: dim = 96, depth = 2) {
  input x: i32[B, T]
  h[-1], c[T]: (f32[B], f32) = zeros(B, H)
  seq t in T where t < len truncate 32 {
    i, f = split(x[t] @ wx + h[t-1], 4)
    h[t] = if training then mu else -inf
  }
  for l in 0..depth { h = h |> LSTM(H, carry = true) |> dropout(0.2) as [B, ...S] }
  logits = mean(h over B, ...) # comment
  metric bpc = loss / log(2)
  step fit minimize loss over e, d except "e.*"
       using adamw(lr = 3e-4, decay = 0.1 on "*.w") clip_norm 5
  export next(z: f32[B]) = softmax(logits over V) with B = 1, T = 1
  data truth { x = [[0,0],[0,1]]; y = idx("file.gz") }
  train { data truth holdout 0.1
          epochs 20; seed 1
          each batch { fit }
          each 500 epochs { eval bpc; save; reset } }
})",
};

const char* const graphs[] = {
    R"(graph fit(x: f32[4, 2], param dense.w: f32[2, 8], optimizer dense.w.m: f32[2, 8],
          counter steps: i64, ids: i32[3]) {
  t1 = contract(x, dense.w) {spec = "ik,kj->ij"} : f32[4, 8]
  half = constant() {values = [0.5]} : f32[4, 8]
  t2 = fused(t1, half) : f32[4, 8] {
    graph (a: f32[4, 8], b: f32[4, 8]) {
      t0 = mul(a, b) : f32[4, 8]
      t1 = tanh(t0) : f32[4, 8]
      return r0 = t1, r1 = t0
    }
  }
  t3 = result(t2) {index = 0} : f32[4, 8]
  t4 = sum(t3) {axes = [0, 1]} : f32
  t5 = slice(t3) {sizes = [2, 8], starts = [1, 0], steps = [1, 1]} : f32[2, 8]
  t6 = gather(dense.w, ids) : f32[3, 8]
  t7 = random(steps, steps) {site = 12} : f32[2, 8]
  t8 = transpose(t7) {permutation = [1, 0]} : f32[8, 2]
  return loss = t4, dense.w <- t5, g = t6, dense.w.m <- t7, h = t8
})",
    R"(graph evaluate(x: f32[4, 6], y: i32[4]) {
  t0 = reshape(x) : f32[2, 12]
  t1 = pad(t0) {high = [1, 0], interior = [0, 1], low = [0, 2]} : f32[3, 25]
  t2 = concat(x, x) {axis = 1} : f32[4, 12]
  t3 = iota() {axis = 0} : i32[4]
  t4 = eq(y, t3) : bool[4]
  t5 = broadcast(t4) {axes = [0]} : bool[4, 6]
  t6 = select(t5, x, x) : f32[4, 6]
  t7 = softmax(t6) {axes = [1]} : f32[4, 6]
  t8 = reduce_max(t7) {axes = [1]} : f32[4]
  t9 = argmax(t2) {axes = [1]} : i32[4]
  t10 = cast(t9) : f64[4]
  return a = t8, b = t10, c = t1
})",
};

/// What is accepted is in order, and prints what reads back.
void parse_any_graph(std::string text) {
  const ir::Source source{"test.grad", std::move(text)};
  ir::Diagnostics diagnostics;
  const auto program = parse_graphs(source, diagnostics);
  ASSERT_EQ(program.has_value(), !diagnostics.has_errors());
  if (!program) return;
  const std::vector<std::string> problems = ir::verify(*program);
  EXPECT_TRUE(problems.empty()) << problems[0] << '\n' << source.text;
  const ir::Source printed{"again.grad", ir::to_string(*program)};
  const auto again = parse_graphs(printed, diagnostics);
  ASSERT_TRUE(again) << ir::render(diagnostics);
  EXPECT_EQ(ir::to_string(*again), printed.text);
}

void parse_any(std::string text) {
  const ir::Source source{"test.grad", std::move(text)};
  ir::Diagnostics diagnostics;
  parse(source, diagnostics);
  EXPECT_LE(diagnostics.all().size(), 21u);
  for (const ir::Diagnostic& diagnostic : diagnostics.all()) {
    EXPECT_LE(diagnostic.location.begin, diagnostic.location.end);
    EXPECT_LE(diagnostic.location.end, source.text.size());
  }
  EXPECT_EQ(render(diagnostics).empty(), diagnostics.all().empty());
}

using Random = std::mt19937;
std::size_t below(std::size_t bound, Random& random) {
  return random() % std::max<std::size_t>(bound, 1);
}

/// Replaces, inserts, removes, doubles or moves a few bytes.
std::string mutate(std::string text, Random& random) {
  const std::string_view spice = "(){}[]=<>-+*/|.,:;~^@\"#\n\t 0a\xC3\x80\xFF";
  for (std::size_t edits = 1 + below(6, random); edits > 0; --edits) {
    const std::size_t at = below(text.size(), random);
    const std::size_t count = std::min(text.size() - at, 1 + below(12, random));
    const char any = below(2, random) != 0 ? spice[below(spice.size(), random)]
                                           : static_cast<char>(below(256, random));
    switch (below(5, random)) {
      case 0:
        text[at] = any;
        break;
      case 1:
        text.insert(at, 1, any);
        break;
      case 2:
        text.erase(at, count);
        break;
      case 3:
        text.insert(below(text.size(), random), text.substr(at, count));
        break;
      default:
        text.resize(at + count);
        break;
    }
    if (text.empty()) text = "m";
  }
  return text;
}

TEST(Robustness, ModelsParse) {
  for (const char* model : models) {
    const ir::Source source{"test.grad", model};
    ir::Diagnostics diagnostics;
    parse(source, diagnostics);
    EXPECT_FALSE(diagnostics.has_errors()) << render(diagnostics);
  }
}

TEST(Robustness, EveryPrefix) {
  for (const std::string model : models)
    for (std::size_t length = 0; length < model.size(); ++length)
      parse_any(model.substr(0, length));
}

TEST(Robustness, EveryMissingByte) {
  for (const std::string model : models)
    for (std::size_t i = 0; i < model.size(); ++i) parse_any(std::string(model).erase(i, 1));
}

TEST(Robustness, Mutations) {
  Random random(1);
  for (const std::string model : models)
    for (int i = 0; i < 3000; ++i) parse_any(mutate(model, random));
}

TEST(Robustness, GraphsParse) {
  for (const char* graph : graphs) {
    const ir::Source source{"test.grad", graph};
    ir::Diagnostics diagnostics;
    EXPECT_TRUE(parse_graphs(source, diagnostics)) << ir::render(diagnostics);
  }
}

TEST(Robustness, GraphsCutShort) {
  for (const std::string graph : graphs)
    for (std::size_t i = 0; i < graph.size(); ++i) {
      parse_any_graph(graph.substr(0, i));
      parse_any_graph(std::string(graph).erase(i, 1));
    }
}

/// Exchanges words for words of the same text: more of these graphs pass the parser, so that the
/// type rules get to see them.
std::string exchange_words(std::string text, Random& random) {
  const auto is_word = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_';
  };
  std::vector<std::pair<std::size_t, std::size_t>> words;
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::size_t end = i;
    while (end < text.size() && is_word(text[end])) ++end;
    if (end > i) words.emplace_back(i, end - i);
    i = end;
  }
  const auto [at, size] = words[below(words.size(), random)];
  const auto [from, count] = words[below(words.size(), random)];
  const std::string numbers[] = {
      "0", "-1", "7", "1099511627776", "9223372036854775807", "-9223372036854775807"};
  return text.replace(at, size,
                      below(3, random) != 0 ? text.substr(from, count) : numbers[below(6, random)]);
}

TEST(Robustness, MutatedGraphs) {
  Random random(3);
  for (const std::string graph : graphs)
    for (int i = 0; i < 1000; ++i) {
      parse_any_graph(mutate(graph, random));
      parse_any_graph(exchange_words(graph, random));
      parse_any_graph(exchange_words(exchange_words(graph, random), random));
    }
}

TEST(Robustness, DeepGraphs) {
  std::string text = "graph (x: f32) {";
  for (int i = 0; i < 10'000; ++i) text += "y = fused(x) : f32 { graph (x: f32) {";
  parse_any_graph(text);
}

TEST(Robustness, RandomBytes) {
  Random random(2);
  for (int i = 0; i < 1000; ++i) {
    std::string text(below(200, random), '\0');
    std::ranges::generate(text, [&] { return static_cast<char>(below(256, random)); });
    parse_any(text);
  }
}

TEST(Robustness, LongInputs) {
  for (const std::string unit :
       {"\n", ")", "{", "}", "$ ", "a ", "a\n", "(\n", "\"", "#", ".", "model A {\n", "a,"}) {
    std::string text;
    while (text.size() < 50'000) text += unit;
    parse_any(text);
    parse_any("model M {\n" + text);
    parse_any("model M {\n y = " + text);
    parse_any("model M {\n y = f(" + text);
  }
  parse_any(std::string(100'000, '(') + std::string(100'000, ']'));
}

}  // namespace
}  // namespace gradc::frontend
