// No text makes the parser crash or hang, and whatever it refuses it gives a reason for.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "frontend/parser.h"

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
    while (text.size() < 200'000) text += unit;
    parse_any(text);
    parse_any("model M {\n" + text);
    parse_any("model M {\n y = " + text);
    parse_any("model M {\n y = f(" + text);
  }
  parse_any(std::string(100'000, '(') + std::string(100'000, ']'));
}

}  // namespace
}  // namespace gradc::frontend
