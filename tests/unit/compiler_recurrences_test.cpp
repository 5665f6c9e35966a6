// However the loop over time is run, a recurrence has the same values and gradients: rolled, partly
// and wholly unrolled, with checkpoints, and as the interpreter says.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "driver/compiler.h"
#include "driver/instance.h"
#include "frontend/parser.h"
#include "ir/evaluate.h"
#include "tests/unit/graph_run.h"

namespace gradc::driver {
namespace {

struct Cell {
  std::string name;
  std::string start;  ///< equations of the step before the first, at `[S]`
  std::string step;   ///< reads the step at `[t+D]`
};
const Cell cells[] = {
    {"SimpleRNN", "h[S] = h0\n", "h[t] = tanh(x[t] @ wx + h[t+D] @ wh)"},
    {"LSTM", "h[S] = h0\n c[S] = tanh(h0)\n", "h[t], c[t] = cell(x[t], h[t+D], c[t+D])"},
    {"GRU", "h[S] = h0\n", "h[t] = cell(x[t], h[t+D])"},
};
constexpr std::string_view constructors[] = {"", "LSTMCell(H)", "GRUCell(H)"};

struct Variant {
  std::string name;
  bool is_reverse = false;
  std::string clause = "";  ///< behind `seq t in T`
};
const Variant variants[] = {{"plain"},
                            {"reverse", true},
                            {"masked", false, "where t < len"},
                            {"masked_reverse", true, "where t < len"},
                            {"truncated", false, "truncate 3"},
                            {"truncated_masked_reverse", true, "where t < len truncate 2"}};

struct Case {
  std::size_t cell, variant;
  std::int64_t steps;
};

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at))
    text.replace(at, what.size(), with);
  return text;
}

/// Two layers of the cell; the values of the second one, and gradients of all weights and inputs.
std::string model_of(const Case& c) {
  const Cell& cell = cells[c.cell];
  const Variant& variant = variants[c.variant];
  const bool is_simple = constructors[c.cell].empty();
  std::string out =
      "layer L(H: dim)(x: f32[B, T, I], h0: f32[B, H], len: i32[B]) -> f32[B, T, H] {\n";
  if (is_simple)
    out += "param wx: f32[I, H] ~ glorot_uniform\nparam wh: f32[H, H] ~ orthogonal\n";
  else
    out += fmt::format("cell = {}\n", constructors[c.cell]);
  out += replaced(cell.start, "S", variant.is_reverse ? "T" : "-1");
  out += fmt::format("seq t in T {} {{ {} }}\n", variant.clause,
                     replaced(cell.step, "+D", variant.is_reverse ? "+1" : "-1"));
  out += "return h\n}\n";
  out += fmt::format("model M {{\ndim B = 3, T = {}, I = 2\n", c.steps);
  out += R"(input x: f32[B, T, I]
input h0: f32[B, 4]
input len: i32[B]
input y: f32[B, T, 4]
l1 = L(4)
l2 = L(4)
h = l2(l1(x, h0, len), 0.5 * h0, len)
loss = sum((h - y)^2)
export value = h, loss
step fit minimize loss over all using sgd(lr = 1.0)
})";
  return out;
}

ir::Program program_of(const std::string& text) {
  static ir::Sources sources;
  ir::Diagnostics diagnostics;
  const auto file = frontend::parse(sources.add("recurrence.grad", text), diagnostics);
  frontend::Options options;
  options.float_type = ir::DType::f64;
  auto model = frontend::elaborate(file, options, sources, diagnostics);
  EXPECT_TRUE(model) << ir::render(diagnostics) << text;
  return std::move(model->program);
}

/// The caller's inputs; some sequences of `len` are shorter than T, one is empty.
ir::NamedTensors inputs_of(const ir::Graph& graph, std::int64_t steps) {
  ir::NamedTensors out;
  for (const ir::NodeId n : inputs(graph)) {
    ir::Tensor tensor(graph[n].type);
    for (std::int64_t i = 0; i < tensor.size(); ++i)
      if (is_float(tensor.type().dtype))
        tensor.set_real(i, std::sin(static_cast<double>(7 * i + 3)));
      else
        tensor.set_integer(i, i == 0 ? steps : i == 1 ? steps / 2 : 0);
    out.emplace(graph[n].name, std::move(tensor));
  }
  return out;
}

/// What the entries give back, then all parameters after the step.
using Results = std::vector<ir::Tensor>;

Results compiled(const ir::Program& program, std::int64_t steps, const CompileOptions& options) {
  ir::Diagnostics diagnostics;
  const auto executable = Executable::compile(program, options, diagnostics);
  EXPECT_TRUE(executable) << ir::render(diagnostics);
  const Threads threads(1);
  auto instance = Instance::create(*executable, threads, diagnostics);
  instance->initialize(1);
  Results out;
  for (const char* name : {"value", "fit"}) {
    const Executable::Entry& entry = *executable->find_entry(name);
    const ir::NamedTensors values = inputs_of(program.find_entry(name)->graph, steps);
    std::vector<const void*> inputs;
    for (const Port& port : entry.inputs) inputs.push_back(values.at(port.name).data());
    const std::size_t first = out.size();
    for (const Port& port : entry.outputs) out.emplace_back(port.type);
    std::vector<void*> outputs;
    for (std::size_t i = first; i < out.size(); ++i) outputs.push_back(out[i].data());
    instance->call(entry, inputs, outputs);
  }
  const Safetensors saved = instance->save(true);
  for (const ir::Storage& storage : program.storage)
    if (storage.storage_class == ir::StorageClass::param) out.push_back(*saved.find(storage.name));
  return out;
}

/// The same by the interpreter, from the same parameters.
Results interpreted(const ir::Program& program, std::int64_t steps) {
  ir::Diagnostics diagnostics;
  const auto executable = Executable::compile(program, {}, diagnostics);
  const Threads threads(1);
  auto instance = Instance::create(*executable, threads, diagnostics);
  instance->initialize(1);
  const Safetensors saved = instance->save(true);

  passes::Options only_gradients;
  only_gradients.passes = {"differentiate"};
  const auto differentiated = passes::run(program, only_gradients, diagnostics);
  Results out;
  for (const char* name : {"value", "fit"}) {
    const ir::Graph& graph = differentiated->find_entry(name)->graph;
    ir::NamedTensors values = inputs_of(graph, steps);
    for (const ir::NodeId n : inputs(graph))
      if (const ir::Tensor* stored = saved.find(graph[n].name))
        values.insert_or_assign(graph[n].name, *stored);
    const Results results = evaluate(graph, values);
    const auto names = ir::result_names(graph);
    for (std::size_t i = 0; i < results.size(); ++i)
      if (!names[i].commits) out.push_back(results[i]);
    if (std::string_view(name) != "fit") continue;
    for (const ir::Storage& storage : program.storage)
      for (std::size_t i = 0; i < results.size(); ++i)
        if (storage.storage_class == ir::StorageClass::param && names[i].commits &&
            names[i].name == storage.name)
          out.push_back(results[i]);
  }
  return out;
}

void expect_near(const Results& actual, const Results& expected, const std::string& form) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i)
    for (std::int64_t e = 0; e < expected[i].size(); ++e)
      ASSERT_NEAR(actual[i].real(e), expected[i].real(e),
                  1e-10 * (1 + std::abs(expected[i].real(e))))
          << form << ": result " << i << ", element " << e;
}

using Mode = passes::Unroll::Mode;
struct Form {
  std::string name;
  Mode mode;
  std::int64_t factor = 1;
};
const Form forms[] = {
    {"rolled", Mode::none}, {"three at a time", Mode::by_factor, 3}, {"unrolled", Mode::full}};

void check(const Case& c, const Form& form, const Results& expected, const ir::Program& program) {
  CompileOptions options;
  options.passes.unroll.mode = form.mode;
  options.passes.unroll.factor = form.factor;
  const Results results = compiled(program, c.steps, options);
  expect_near(results, expected, form.name);
  if (form.mode != Mode::none) return;
  // What can leave a segment and what can leave the whole loop is summed in another order.
  CompileOptions checkpointed = options;
  checkpointed.passes.checkpoint.mode = passes::Checkpoint::Mode::automatic;
  expect_near(compiled(program, c.steps, checkpointed), expected, "with checkpoints");
  options.passes.optimize = checkpointed.passes.optimize = false;
  EXPECT_EQ(compiled(program, c.steps, checkpointed), compiled(program, c.steps, options))
      << form.name << ": with checkpoints, the same bits";
}

class Recurrences : public testing::TestWithParam<Case> {};

std::string name_of(const testing::TestParamInfo<Case>& info) {
  return fmt::format("{}_{}_{}", cells[info.param.cell].name, variants[info.param.variant].name,
                     info.param.steps);
}

/// In every form.
TEST_P(Recurrences, DoNotDependOnTheForm) {
  const ir::Program program = program_of(model_of(GetParam()));
  const Results expected = interpreted(program, GetParam().steps);
  for (const Form& form : forms)
    if (form.mode != Mode::full || GetParam().steps <= 8)
      check(GetParam(), form, expected, program);
}

constexpr std::int64_t lengths[] = {1, 2, 3, 4, 5, 7, 8, 16, 33, 100};

std::vector<Case> all_cases() {
  std::vector<Case> out;
  for (const std::int64_t steps : lengths)
    for (std::size_t cell = 0; cell < std::size(cells); ++cell)
      for (std::size_t variant = 0; variant < std::size(variants); ++variant)
        out.push_back({cell, variant, steps});
  return out;
}

/// Every length, every cell and every variant, but not with each other.
std::vector<Case> some_cases() {
  std::vector<Case> out;
  for (std::size_t i = 0; i < std::size(lengths); ++i)
    out.push_back({i % std::size(cells), (i + i / 6) % std::size(variants), lengths[i]});
  return out;
}

INSTANTIATE_TEST_SUITE_P(Some, Recurrences, testing::ValuesIn(some_cases()), name_of);
INSTANTIATE_TEST_SUITE_P(DISABLED_All, Recurrences, testing::ValuesIn(all_cases()), name_of);

}  // namespace
}  // namespace gradc::driver
