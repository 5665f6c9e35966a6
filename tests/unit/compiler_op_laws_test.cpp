// Laws over the catalogue that need the whole compiler: text round-trips, compiled code computes
// what the interpreter does.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "driver/compiler.h"
#include "driver/instance.h"
#include "frontend/graph_text.h"
#include "ir/evaluate.h"
#include "ir/print.h"
#include "tests/unit/op_example.h"

namespace gradc::driver {
namespace {

class OpLaw : public testing::TestWithParam<const ir::Op*> {
 protected:
  /// The op's examples as graphs.
  std::vector<ir::Graph> graphs() const {
    std::vector<ir::Graph> out;
    for (const ir::Example& example : GetParam()->examples) {
      ir::Diagnostics diagnostics;
      auto built = ir::build(*GetParam(), example, diagnostics);
      EXPECT_TRUE(built) << ir::render(diagnostics);
      built->graph.name = "example";
      out.push_back(std::move(built->graph));
    }
    return out;
  }
};

ir::Program program_of(const ir::Graph& graph) {
  ir::Program program{"example", {}, {}};
  program.entries.push_back({"example", ir::EntryKind::exported, graph, {}});
  return program;
}

TEST_P(OpLaw, TextReadsBackAsItWasPrinted) {
  for (const ir::Graph& graph : graphs()) {
    const std::string text = ir::to_string(graph);
    ir::Sources sources;
    ir::Diagnostics diagnostics;
    const auto program = frontend::parse_graphs(sources.add("example.graph", text), diagnostics);
    ASSERT_TRUE(program) << text << ir::render(diagnostics);
    EXPECT_EQ(ir::to_string(program->entries[0].graph), text);
  }
}

TEST_P(OpLaw, CompiledCodeComputesWhatTheInterpreterDoes) {
  std::mt19937 random(11);
  const std::vector<ir::Graph> examples = graphs();
  for (std::size_t i = 0; i < examples.size(); ++i) {
    const std::vector<ir::Tensor> operands = ir::random_operands(GetParam()->examples[i], random);
    const ir::Tensor expected = ir::evaluate(examples[i], operands)[0];
    ir::Diagnostics diagnostics;
    const auto executable = Executable::compile(program_of(examples[i]), {}, diagnostics);
    ASSERT_TRUE(executable) << ir::render(diagnostics);
    const Threads threads(1);
    auto instance = Instance::create(*executable, threads, diagnostics);
    ASSERT_TRUE(instance);
    ir::Tensor computed(expected.type());
    std::vector<const void*> inputs;
    for (const ir::Tensor& operand : operands) inputs.push_back(operand.data());
    void* outputs[] = {computed.data()};
    instance->call(executable->entries()[0], inputs, outputs);

    const double tolerance = expected.type().dtype == ir::DType::f32 ? 1e-6 : 1e-12;
    for (std::int64_t e = 0; e < expected.size(); ++e) {
      const double scale = std::max(1.0, std::abs(expected.real(e)));
      EXPECT_NEAR(computed.real(e), expected.real(e), tolerance * scale) << "element " << e;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Catalogue, OpLaw,
                         testing::ValuesIn(ir::all_ops().begin(), ir::all_ops().end()),
                         [](const auto& op) { return std::string(op.param->name); });

}  // namespace
}  // namespace gradc::driver
