#include "driver/train/evaluator.h"

#include <algorithm>
#include <cctype>
#include <numeric>

#include "driver/train/order.h"
#include "ir/messages.h"

namespace gradc::driver {

namespace {

constexpr std::string_view entry_name = "evaluate";

/// The value of an output port of one number.
struct Output {
  explicit Output(const Port& port) : value(port.type) {}
  ir::Tensor value;
};

/// A batch counts by its examples; metrics that need no data are evaluated once.
double weight_of(const Batch& batch) {
  return batch.size() == 0 ? 1 : static_cast<double>(batch.size());
}

/// The examples [first, first + count) as batches of `size` read them: in order, or as streams.
/// What fills no batch is left out.
std::vector<std::int64_t> order(const ir::Program& program, std::int64_t first, std::int64_t count,
                                std::int64_t size) {
  std::vector<std::int64_t> out = in_streams(count, size);
  if (!carries_stream(program, entry_name)) std::ranges::sort(out);
  for (std::int64_t& example : out) example += first;
  return out;
}

/// Of a program only what evaluation needs.
ir::Program only_evaluation(ir::Program program) {
  std::erase_if(program.entries, [](const ir::Entry& entry) {
    return entry.name != entry_name && entry.kind != ir::EntryKind::init;
  });
  return program;
}

}  // namespace

std::optional<Evaluator> Evaluator::create(const Executable& executable, const Source& source,
                                           const Dataset& dataset, std::int64_t first,
                                           std::int64_t count, const Threads& threads,
                                           ir::Location location, ir::Diagnostics& diagnostics) {
  Evaluator evaluator;
  evaluator.entry_ = executable.find_entry(entry_name);
  evaluator.first_ = first;
  if (!evaluator.entry_) return evaluator;

  evaluator.batch_ = Batch::create(*evaluator.entry_, dataset, location, diagnostics);
  if (!evaluator.batch_) return std::nullopt;
  const std::int64_t size = evaluator.batch_->size();
  const ir::Program& program = executable.plan().program;
  evaluator.order_ = order(program, first, count, size);
  const std::int64_t left = size == 0 ? 0 : count % size;
  const bool is_left_out = carries_stream(program, entry_name) && !evaluator.order_.empty();
  if (left == 0 || is_left_out) return evaluator;

  const ir::Entry& entry = *program.find_entry(entry_name);
  const std::string& dim = entry.inputs.front().dim_names.front();
  if (std::isalpha(static_cast<unsigned char>(dim.front())) == 0) {
    diagnostics.report(location, ir::Message::rest_not_evaluated, left, dim);
    return evaluator;
  }
  evaluator.rest_ = compile_rest(entry, source, left, dataset, threads, location, diagnostics);
  if (!evaluator.rest_) return std::nullopt;
  return evaluator;
}

std::optional<Evaluator::Rest> Evaluator::compile_rest(const ir::Entry& entry, const Source& source,
                                                       std::int64_t count, const Dataset& dataset,
                                                       const Threads& threads,
                                                       ir::Location location,
                                                       ir::Diagnostics& diagnostics) {
  const std::string& dim = entry.inputs.front().dim_names.front();
  CompileOptions options = source.options;
  options.model.dims[dim] = count;
  ir::Sources sources;
  const ir::Diagnostics::Frame frame(
      diagnostics, location,
      fmt::format("compiled with {} = {} for the examples that do not fill a batch", dim, count));
  auto model = read_model(source.model_path, options.model, sources, diagnostics);
  if (!model) return std::nullopt;
  auto compiled =
      Executable::compile(only_evaluation(std::move(model->program)), options, diagnostics);
  if (!compiled) return std::nullopt;
  auto executable = std::make_unique<Executable>(std::move(*compiled));
  auto instance = Instance::create(*executable, threads, diagnostics);
  auto batch = Batch::create(*executable->find_entry(entry_name), dataset, location, diagnostics);
  if (!instance || !batch) return std::nullopt;
  instance->initialize(0);
  return Rest{std::move(executable), std::move(*instance), std::move(*batch)};
}

void Evaluator::add(Instance& instance, const Executable::Entry& entry, Batch& batch,
                    std::span<const std::int64_t> examples, std::vector<double>& sums) const {
  batch.fill(examples);

  std::vector<Output> outputs(entry.outputs.begin(), entry.outputs.end());
  std::vector<void*> pointers;
  for (Output& output : outputs) pointers.push_back(output.value.data());
  instance.call(entry, batch.inputs(), pointers);
  for (std::size_t i = 0; i < outputs.size(); ++i)
    sums[i] += outputs[i].value.real(0) * weight_of(batch);
}

std::vector<Metric> Evaluator::evaluate(Instance& instance) {
  std::vector<Metric> out;
  if (!entry_) return out;
  std::vector<double> sums(entry_->outputs.size(), 0.0);
  const auto size = static_cast<std::size_t>(batch_->size());
  const std::size_t batches = size == 0 ? 1 : order_.size() / size;
  // What training carries from window to window is not evaluation's, nor the other way round.
  const std::vector<std::byte> carried = instance.states();
  instance.reset_states();
  for (std::size_t i = 0; i < batches; ++i)
    add(instance, *entry_, *batch_, std::span(order_).subspan(i * size, size), sums);
  instance.set_states(carried);
  double weight = static_cast<double>(batches) * weight_of(*batch_);
  if (rest_) {
    rest_->instance.copy_from(instance);
    const Executable::Entry& entry = *rest_->executable->find_entry(entry_name);
    std::vector<std::int64_t> left(static_cast<std::size_t>(rest_->batch.size()));
    std::iota(left.begin(), left.end(), first_ + std::ssize(order_));
    add(rest_->instance, entry, rest_->batch, left, sums);
    weight += weight_of(rest_->batch);
  }
  for (std::size_t i = 0; i < sums.size(); ++i)
    out.push_back({entry_->outputs[i].name, sums[i] / weight});
  return out;
}

}  // namespace gradc::driver
