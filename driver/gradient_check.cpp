#include "driver/gradient_check.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "driver/instance.h"
#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::driver {

namespace {

constexpr std::string_view gradients_entry = "gradients";
constexpr std::string_view loss_entry = "loss";

/// The gradients that a step asks for, as a graph that returns them instead of training with them.
struct GradientGraph {
  ir::Graph graph;
  std::vector<std::string> parameters;
};

/// Everything of the graph but its `return`; ids stay what they are.
ir::Graph without_return(const ir::Graph& graph) {
  ir::Graph out;
  const ir::NodeId last = ir::return_node(graph);
  for (const ir::NodeId n : ir::nodes(graph)) {
    if (n == last) continue;
    std::vector<ir::NodeId> operands;
    for (const ir::Use& use : graph.operands(n)) operands.push_back(use.def);
    out.append(graph[n], operands);
  }
  return out;
}

/// The loss of a step is its first result.
ir::Graph loss_graph(const ir::Graph& step) {
  ir::Graph graph = without_return(step);
  const ir::Value loss(graph, step.operand(ir::return_node(step), 0));
  ir::return_(graph, std::span(&loss, 1), {"loss"});
  return graph;
}

GradientGraph gradient_graph(const ir::Graph& step) {
  GradientGraph out{without_return(step), {}};
  const ir::NodeId loss = step.operand(ir::return_node(step), 0);
  std::vector<ir::Value> results;
  for (const ir::NodeId n : ir::nodes(step)) {
    const ir::Node& node = step[n];
    if (node.op != &ir::op::gradient || step.operand(n, 0) != loss) continue;
    const ir::NodeId of = step.operand(n, 1);
    if (step[of].op != &ir::op::input) continue;  // a penalty's inner gradient
    results.emplace_back(out.graph, n);
    out.parameters.push_back(step[of].name);
  }
  ir::return_(out.graph, results, out.parameters);
  return out;
}

/// A uniform number in [0, 1): the same on every machine.
double unit(std::mt19937_64& random) { return static_cast<double>(random() >> 11) * 0x1p-53; }

/// Reals in [-1, 1); integers 0 or 1, which are labels and ids of every model with two classes or
/// more.
ir::Tensor random_input(const ir::Type& type, std::mt19937_64& random) {
  ir::Tensor out(type);
  for (std::int64_t i = 0; i < out.size(); ++i) {
    if (ir::is_float(type.dtype))
      out.set_real(i, 2 * unit(random) - 1);
    else
      out.set_integer(i, static_cast<std::int64_t>(random() % 2));
  }
  return out;
}

/// One step, compiled twice: its loss, and its gradients.
class StepCheck {
 public:
  static std::optional<StepCheck> create(const ir::Program& program, const ir::Entry& step,
                                         const Threads& threads, const CompileOptions& compile,
                                         ir::Diagnostics& diagnostics);

  void leave_kinks(std::mt19937_64& random);
  void choose_inputs(const Dataset& data, std::mt19937_64& random, ir::Diagnostics& diagnostics);
  std::vector<ParameterCheck> run(const GradientCheckOptions& options, std::mt19937_64& random);

 private:
  StepCheck() = default;
  double loss();
  double difference(std::size_t slot, std::int64_t element, double analytic);
  double slope(std::size_t slot, std::int64_t element, double h);
  std::vector<ir::Tensor> gradients();
  ParameterCheck check(const std::string& parameter, const ir::Tensor& gradient,
                       const GradientCheckOptions& options, std::mt19937_64& random);
  std::span<const void* const> pointers(const Executable::Entry& entry);

  std::string name_;
  std::vector<std::string> parameters_;
  std::unique_ptr<Executable> executable_;
  std::optional<Instance> instance_;
  std::vector<NamedTensor> inputs_;
  std::vector<const void*> pointers_;
};

std::optional<StepCheck> StepCheck::create(const ir::Program& program, const ir::Entry& step,
                                           const Threads& threads, const CompileOptions& compile,
                                           ir::Diagnostics& diagnostics) {
  StepCheck out;
  out.name_ = step.name;
  ir::Program check = program;
  std::erase_if(check.entries,
                [](const ir::Entry& entry) { return entry.kind != ir::EntryKind::init; });
  GradientGraph gradients = gradient_graph(step.graph);
  out.parameters_ = gradients.parameters;
  check.entries.push_back(
      {std::string(loss_entry), ir::EntryKind::exported, loss_graph(step.graph), step.inputs});
  check.entries.push_back({std::string(gradients_entry), ir::EntryKind::exported,
                           std::move(gradients.graph), step.inputs});
  auto executable = Executable::compile(std::move(check), compile, diagnostics);
  if (!executable) return std::nullopt;
  out.executable_ = std::make_unique<Executable>(std::move(*executable));
  out.instance_ = Instance::create(*out.executable_, threads, diagnostics);
  if (!out.instance_) return std::nullopt;
  out.instance_->initialize(1);
  return out;
}

/// Move every parameter a little: what initialisers set to exactly 0 puts relu on its kink, where
/// there is no derivative to compare with.
void StepCheck::leave_kinks(std::mt19937_64& random) {
  const std::vector<ir::Storage>& slots = instance_->slots();
  for (std::size_t slot = 0; slot < slots.size(); ++slot) {
    if (slots[slot].storage_class != ir::StorageClass::param) continue;
    const std::span<std::byte> bytes = instance_->slot(slot);
    ir::Tensor values(slots[slot].type);
    std::ranges::copy(bytes, values.data());
    for (std::int64_t i = 0; i < values.size(); ++i)
      values.set_real(i, values.real(i) + 0.02 * (unit(random) - 0.5));
    std::ranges::copy(values.bytes(), bytes.begin());
  }
}

void StepCheck::choose_inputs(const Dataset& data, std::mt19937_64& random,
                              ir::Diagnostics& diagnostics) {
  for (const Port& port : executable_->find_entry(gradients_entry)->inputs) {
    ir::Tensor value = random_input(port.type, random);
    const auto column = std::ranges::find(data.columns, port.name, &Column::input);
    const bool has_data = column != data.columns.end() && !port.type.is_scalar() &&
                          data.examples >= port.type.shape[0] &&
                          fits(*column, port.type, {}, diagnostics);
    if (has_data) {
      std::vector<std::int64_t> examples(static_cast<std::size_t>(port.type.shape[0]));
      std::iota(examples.begin(), examples.end(), 0);
      gather_batch(*column, examples, port.type,
                   {value.data(), static_cast<std::size_t>(port.type.bytes())});
    }
    inputs_.push_back({port.name, std::move(value)});
  }
}

std::span<const void* const> StepCheck::pointers(const Executable::Entry& entry) {
  pointers_.clear();
  for (const Port& port : entry.inputs)
    pointers_.push_back(std::ranges::find(inputs_, port.name, &NamedTensor::name)->value.data());
  return pointers_;
}

double StepCheck::loss() {
  const Executable::Entry& entry = *executable_->find_entry(loss_entry);
  ir::Tensor value(entry.outputs[0].type);
  void* outputs[] = {value.data()};
  instance_->call(entry, pointers(entry), outputs);
  return value.real(0);
}

std::vector<ir::Tensor> StepCheck::gradients() {
  const Executable::Entry& entry = *executable_->find_entry(gradients_entry);
  std::vector<ir::Tensor> values;
  for (const Port& port : entry.outputs) values.emplace_back(port.type);
  std::vector<void*> outputs;
  for (ir::Tensor& value : values) outputs.push_back(value.data());
  instance_->call(entry, pointers(entry), outputs);
  return values;
}

/// (loss(w + h) - loss(w - h)) / 2h
double StepCheck::slope(std::size_t slot, std::int64_t element, double h) {
  const std::span<std::byte> bytes = instance_->slot(slot);
  ir::Tensor weights(instance_->slots()[slot].type);
  const std::vector<std::byte> saved(bytes.begin(), bytes.end());
  const auto at = [&](double offset) {
    std::ranges::copy(saved, weights.data());
    weights.set_real(element, weights.real(element) + offset);
    std::ranges::copy(weights.bytes(), bytes.begin());
    return loss();
  };
  const double out = (at(h) - at(-h)) / (2 * h);
  std::ranges::copy(saved, bytes.begin());
  return out;
}

/// The difference that agrees best: a wide step may cross a kink (of relu, of max), a narrow one
/// drowns in rounding.
double StepCheck::difference(std::size_t slot, std::int64_t element, double analytic) {
  double best = slope(slot, element, 1e-5);
  for (const double h : {1e-6, 1e-4}) {
    if (std::abs(best - analytic) <= 1e-9 * std::max(1.0, std::abs(analytic))) break;
    const double other = slope(slot, element, h);
    if (std::abs(other - analytic) < std::abs(best - analytic)) best = other;
  }
  return best;
}

ParameterCheck StepCheck::check(const std::string& parameter, const ir::Tensor& gradient,
                                const GradientCheckOptions& options, std::mt19937_64& random) {
  const std::vector<ir::Storage>& slots = instance_->slots();
  const auto storage = std::ranges::find(slots, parameter, &ir::Storage::name);
  const auto slot = static_cast<std::size_t>(storage - slots.begin());
  ParameterCheck out{name_, parameter, storage->type, storage->location};

  std::vector<std::int64_t> elements(static_cast<std::size_t>(gradient.size()));
  std::iota(elements.begin(), elements.end(), 0);
  const auto wanted = std::min<std::int64_t>(gradient.size(), options.coordinates);
  for (std::int64_t i = 0; i < wanted; ++i) {
    const auto left = static_cast<std::uint64_t>(gradient.size() - i);
    std::swap(elements[static_cast<std::size_t>(i)],
              elements[static_cast<std::size_t>(i) + random() % left]);
  }
  elements.resize(static_cast<std::size_t>(wanted));
  for (std::int64_t i = 0; i < gradient.size(); ++i)
    out.largest = std::max(out.largest, std::abs(gradient.real(i)));

  for (const std::int64_t element : elements) {
    const double analytic = gradient.real(element);
    const double numeric = difference(slot, element, analytic);
    const double scale = std::max({std::abs(analytic), std::abs(numeric), out.largest, 1e-3});
    const double error = std::abs(analytic - numeric) / scale;
    ++out.checked;
    if (error < out.worst_error || std::isnan(out.worst_error)) continue;
    out.worst_error = error;
    out.worst_element = element;
    out.analytic = analytic;
    out.numeric = numeric;
  }
  out.passed = out.worst_error <= options.tolerance;  // false for NaN
  return out;
}

std::vector<ParameterCheck> StepCheck::run(const GradientCheckOptions& options,
                                           std::mt19937_64& random) {
  const std::vector<ir::Tensor> analytic = gradients();
  std::vector<ParameterCheck> out;
  for (std::size_t i = 0; i < parameters_.size(); ++i)
    out.push_back(check(parameters_[i], analytic[i], options, random));
  return out;
}

}  // namespace

std::optional<std::vector<ParameterCheck>> check_gradients(const ir::Program& program,
                                                           const Dataset& data,
                                                           const CompileOptions& compile,
                                                           const GradientCheckOptions& options,
                                                           ir::Diagnostics& diagnostics) {
  const Threads threads(1);
  std::mt19937_64 random(options.seed);
  std::vector<ParameterCheck> out;
  for (const ir::Entry& entry : program.entries) {
    if (entry.kind != ir::EntryKind::step) continue;
    auto step = StepCheck::create(program, entry, threads, compile, diagnostics);
    if (!step) return std::nullopt;
    step->leave_kinks(random);
    step->choose_inputs(data, random, diagnostics);
    if (diagnostics.has_errors()) return std::nullopt;
    std::ranges::move(step->run(options, random), std::back_inserter(out));
  }
  if (out.empty()) return diagnostics.report({}, ir::Message::no_step, program.name);
  std::ranges::stable_sort(out, std::greater{}, &ParameterCheck::worst_error);
  return out;
}

}  // namespace gradc::driver
