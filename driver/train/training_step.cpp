#include "driver/train/training_step.h"

#include <algorithm>
#include <utility>

namespace gradc::driver {

Callee::Callee(const Executable::Entry& entry) : entry(&entry) {
  for (const Port& port : entry.outputs) outputs.emplace_back(port.type);
}

void Callee::call(Instance& instance, std::span<const void* const> inputs) {
  std::vector<void*> results;
  for (ir::Tensor& output : outputs) results.push_back(output.data());
  instance.call(*entry, inputs, results);
}

std::optional<TrainingStep> TrainingStep::create(const frontend::Model& model,
                                                 const Executable& executable,
                                                 const std::string& name, const Dataset& dataset,
                                                 ir::Location location,
                                                 ir::Diagnostics& diagnostics) {
  const Executable::Entry& entry = *executable.find_entry(name);
  auto batch = Batch::create(entry, dataset, location, diagnostics);
  if (!batch) return std::nullopt;
  std::optional<Watched> watched;
  if (const Executable::Entry* watching = executable.find_entry(frontend::flow_entry(name))) {
    const auto info = std::ranges::find(model.steps, name, &frontend::StepInfo::name);
    watched = Watched{Callee(*watching), FlowHistory(name, info->flow)};
  }
  return TrainingStep(Callee(entry), std::move(*batch), std::move(watched));
}

TrainingStep::TrainingStep(Callee callee, Batch batch, std::optional<Watched> watched)
    : callee_(std::move(callee)), batch_(std::move(batch)), watched_(std::move(watched)) {}

void TrainingStep::run(Instance& instance, std::span<const std::int64_t> examples,
                       std::int64_t sample_every) {
  batch_.fill(examples);
  const bool is_sample = watched_ && calls_ % sample_every == 0;
  Callee& callee = is_sample ? watched_->callee : callee_;
  callee.call(instance, batch_.inputs());
  ++calls_;
  if (is_sample) watched_->history.add(calls_, callee.outputs);
  loss_ = callee.outputs[0].real(0);
  loss_sum_ += loss_;
}

}  // namespace gradc::driver
