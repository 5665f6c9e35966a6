#include "driver/train/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>

#include "driver/flow/report.h"
#include "driver/instance.h"
#include "driver/train/drawing.h"
#include "driver/train/evaluator.h"
#include "driver/train/log.h"
#include "driver/train/order.h"
#include "driver/train/plot.h"
#include "driver/train/training_step.h"
#include "ir/messages.h"

namespace gradc::driver {

namespace {

using frontend::TrainAction;
using frontend::TrainPlan;
using frontend::TrainSchedule;

/// Everything one training run holds on to.
class Trainer {
 public:
  Trainer(const frontend::Model& model, const Executable& executable, const Threads& threads,
          const TrainOptions& options, TrainReport& report, ir::Diagnostics& diagnostics)
      : model_(model),
        plan_(*model.train),
        executable_(executable),
        threads_(threads),
        options_(options),
        report_(report),
        diagnostics_(diagnostics),
        seed_(options.seed.value_or(plan_.seed)),
        epochs_(options.epochs.value_or(plan_.epochs)) {}

  bool prepare(const Evaluator::Source& source);
  TrainOutcome run(const ProgressOutput& output, bool (*interrupted)());
  /// However the run ended.
  bool write_flow(const ProgressOutput& output);

 private:
  bool prepare_data();
  bool prepare_steps();
  bool prepare_drawings();
  bool prepare_memory();
  std::int64_t batches_per_epoch() const {
    if (batch_size() == 0) return plan_.batches.value_or(1);
    const std::int64_t filled = split_.train / batch_size();
    return std::min(filled, plan_.batches.value_or(filled));
  }
  /// That of the steps that take examples; a generator's step may make its own.
  std::int64_t batch_size() const {
    std::int64_t size = 0;
    for (const auto& [name, step] : steps_) size = std::max(size, step.batch_size());
    return size;
  }

  /// Shuffled, unless a step carries streams through them.
  std::vector<std::int64_t> order_of(std::int64_t epoch) const {
    const auto carries = [&](const auto& step) {
      return carries_stream(executable_.plan().program, step.first);
    };
    return std::ranges::any_of(steps_, carries)
               ? in_streams(split_.train, batch_size())
               : shuffled(split_.train, seed_, static_cast<std::uint64_t>(epoch));
  }

  bool run_batch(std::span<const std::int64_t> order, std::int64_t number);
  bool run_step(const std::string& name, std::span<const std::int64_t> examples);
  std::vector<Metric> end_epoch(std::int64_t epoch, bool& evaluated);
  std::vector<Metric> training_losses() const;
  bool save();
  bool log_epoch(std::int64_t epoch, std::span<const Metric> metrics);
  bool write_plot();

  const frontend::Model& model_;
  const TrainPlan& plan_;
  const Executable& executable_;
  const Threads& threads_;
  const TrainOptions& options_;
  TrainReport& report_;
  ir::Diagnostics& diagnostics_;
  std::uint64_t seed_;
  std::int64_t epochs_;

  Dataset dataset_;
  Split split_;
  std::optional<Instance> instance_;
  std::map<std::string, TrainingStep> steps_;
  std::map<std::string, Drawing> drawings_;
  std::optional<Evaluator> evaluator_;
  std::optional<Log> log_;
  std::vector<Series> curves_;
};

bool Trainer::prepare(const Evaluator::Source& source) {
  if (!prepare_data() || !prepare_steps() || !prepare_drawings() || !prepare_memory()) return false;
  const bool holds_out = split_.held_out > 0;
  evaluator_ = Evaluator::create(executable_, source, dataset_, holds_out ? split_.train : 0,
                                 holds_out ? split_.held_out : split_.train, threads_,
                                 plan_.location, diagnostics_);
  if (!evaluator_) return false;
  if (options_.log.empty()) return true;
  log_ = Log::open(options_.log, Log::Start::empty, {}, diagnostics_);
  return log_.has_value();
}

bool Trainer::prepare_data() {
  const frontend::DataBlock* block = plan_.data.empty() ? nullptr : model_.find_data(plan_.data);
  auto dataset = load_data(block, options_.data, diagnostics_);
  if (!dataset) return false;
  dataset_ = std::move(*dataset);
  if (dataset_.columns.empty()) return true;  // what the entries need is looked for there
  const auto parts = split(dataset_.examples, options_.holdout.value_or(plan_.holdout),
                           plan_.location, diagnostics_);
  if (!parts) return false;
  split_ = *parts;
  return true;
}

bool Trainer::prepare_steps() {
  for (const TrainSchedule& schedule : plan_.schedules)
    for (const TrainAction& action : schedule.actions) {
      if (action.kind != TrainAction::Kind::step || steps_.contains(action.names[0])) continue;
      if (schedule.unit != TrainSchedule::Unit::batch) {
        diagnostics_.report(action.location, ir::Message::step_outside_batch, action.names[0]);
        return false;
      }
      auto step = TrainingStep::create(model_, executable_, action.names[0], dataset_,
                                       action.location, diagnostics_);
      if (!step) return false;
      steps_.emplace(action.names[0], std::move(*step));
    }
  for (const auto& [name, step] : steps_)
    if (step.batch_size() != 0 && step.batch_size() != batch_size()) {
      diagnostics_.report(plan_.location, ir::Message::batch_sizes_differ, batch_size(),
                          step.batch_size(), name);
      return false;
    }
  if (batch_size() <= split_.train) return true;
  diagnostics_.report(plan_.location, ir::Message::too_few_examples, split_.train, batch_size());
  return false;
}

bool Trainer::prepare_drawings() {
  for (const TrainSchedule& schedule : plan_.schedules)
    for (const TrainAction& action : schedule.actions) {
      if (action.kind != TrainAction::Kind::draw) continue;
      const std::string& name = action.names[0];
      const std::string path =
          fmt::format("{}/{}.{}.png", options_.pictures, model_.program.name, name);
      auto drawing =
          Drawing::create(*executable_.find_entry(name), path, action.location, diagnostics_);
      if (!drawing) return false;
      drawings_.emplace(name, std::move(*drawing));
    }
  return true;
}

bool Trainer::prepare_memory() {
  instance_ = Instance::create(executable_, threads_, diagnostics_);
  if (!instance_) return false;
  instance_->initialize(seed_);
  if (options_.load_weights.empty()) return true;
  const auto file = load_safetensors(options_.load_weights, {}, diagnostics_);
  return file && instance_->load(*file, options_.load_weights, diagnostics_);
}

TrainOutcome Trainer::run(const ProgressOutput& output, bool (*interrupted)()) {
  Progress progress(options_.progress, {epochs_, batches_per_epoch(), batch_size()}, output);
  for (std::int64_t epoch = 1; epoch <= epochs_; ++epoch) {
    progress.begin_epoch(epoch);
    for (auto& [name, step] : steps_) step.begin_epoch();
    const std::vector<std::int64_t> order = order_of(epoch);
    for (std::int64_t batch = 0; batch < batches_per_epoch(); ++batch) {
      if (!run_batch(order, batch)) {
        report_.divergence += fmt::format(" in batch {} of epoch {}", batch + 1, epoch);
        progress.clear();
        return TrainOutcome::diverged;
      }
      progress.batch(steps_.empty() ? 0 : steps_.begin()->second.loss());
      if (!interrupted()) continue;
      progress.clear();
      return save() ? TrainOutcome::interrupted : TrainOutcome::failed;
    }
    bool evaluated = false;
    report_.metrics = end_epoch(epoch, evaluated);
    if (diagnostics_.has_errors() || !log_epoch(epoch, report_.metrics))
      return TrainOutcome::failed;
    progress.end_epoch(report_.metrics, evaluated);
  }
  progress.finish();
  if (!options_.save_weights.empty() && !save()) return TrainOutcome::failed;
  return write_plot() ? TrainOutcome::finished : TrainOutcome::failed;
}

bool Trainer::run_batch(std::span<const std::int64_t> order, std::int64_t number) {
  const auto size = static_cast<std::size_t>(batch_size());
  const auto examples = order.subspan(static_cast<std::size_t>(number) * size, size);
  for (const TrainSchedule& schedule : plan_.schedules) {
    if (schedule.unit != TrainSchedule::Unit::batch || (number + 1) % schedule.every != 0) continue;
    for (const TrainAction& action : schedule.actions) {
      if (action.kind == TrainAction::Kind::reset) instance_->reset_states();
      if (action.kind == TrainAction::Kind::draw)
        drawings_.at(action.names[0]).draw(*instance_, diagnostics_);
      if (action.kind == TrainAction::Kind::step && !run_step(action.names[0], examples))
        return false;
    }
  }
  report_.examples += batch_size();
  return true;
}

bool Trainer::run_step(const std::string& name, std::span<const std::int64_t> examples) {
  TrainingStep& step = steps_.at(name);
  step.run(*instance_, examples, options_.flow.every);
  if (std::isfinite(step.loss())) return true;
  report_.divergence = fmt::format("the loss of `{}` is {}", name, step.loss());
  return false;
}

/// What is due at the end of an epoch; at the end of the last one every `eval`.
std::vector<Metric> Trainer::end_epoch(std::int64_t epoch, bool& evaluated) {
  std::vector<Metric> metrics = training_losses();
  for (const TrainSchedule& schedule : plan_.schedules) {
    if (schedule.unit != TrainSchedule::Unit::epoch) continue;
    const bool is_due = epoch % schedule.every == 0;
    for (const TrainAction& action : schedule.actions) {
      if (action.kind == TrainAction::Kind::eval && (is_due || epoch == epochs_)) evaluated = true;
      if (is_due && action.kind == TrainAction::Kind::reset) instance_->reset_states();
      if (is_due && action.kind == TrainAction::Kind::save) save();
      if (is_due && action.kind == TrainAction::Kind::draw)
        drawings_.at(action.names[0]).draw(*instance_, diagnostics_);
    }
  }
  if (evaluated)
    for (Metric& metric : evaluator_->evaluate(*instance_)) metrics.push_back(std::move(metric));
  return metrics;
}

/// The mean loss over the epoch's batches, measured while the parameters changed.
std::vector<Metric> Trainer::training_losses() const {
  std::vector<Metric> out;
  for (const auto& [name, step] : steps_)
    out.push_back({steps_.size() == 1 ? "train_loss" : "train_" + name,
                   step.loss_sum() / static_cast<double>(batches_per_epoch())});
  return out;
}

bool Trainer::save() {
  const std::string path =
      options_.save_weights.empty() ? model_.program.name + ".safetensors" : options_.save_weights;
  if (!save_safetensors(path, instance_->save(true), {}, diagnostics_)) return false;
  report_.saved_to = path;
  return true;
}

bool Trainer::log_epoch(std::int64_t epoch, std::span<const Metric> metrics) {
  for (const Metric& metric : metrics) {
    const auto curve = std::ranges::find(curves_, metric.name, &Series::name);
    Series& series =
        curve == curves_.end() ? curves_.emplace_back(Series{metric.name, {}}) : *curve;
    series.points.push_back({static_cast<double>(epoch), metric.value});
  }
  if (!log_) return true;
  std::vector<LogField> fields = {{"epoch", epoch}};
  for (const Metric& metric : metrics) fields.push_back({metric.name, metric.value});
  return log_->write("epoch", fields, diagnostics_);
}

bool Trainer::write_plot() {
  if (options_.plot.empty()) return true;
  const PlotOptions plot{
      .title = model_.program.name, .x_label = "epoch", .logarithmic_y = spans_decades(curves_)};
  return write_file_atomically(options_.plot, bytes_of(svg_plot(curves_, plot)), {}, diagnostics_);
}

bool Trainer::write_flow(const ProgressOutput& output) {
  FlowReport flow{model_.program.name, {}};
  for (const auto& [name, step] : steps_)
    if (step.history()) flow.histories.push_back(*step.history());
  report_.flow = flow_summary(flow);
  for (const std::string& path : options_.flow.files) {
    const std::string text = flow_form(path)(flow);
    if (path == "-")
      output.standard_output(text);
    else if (!write_file_atomically(path, bytes_of(text), {}, diagnostics_))
      return false;
  }
  return true;
}

}  // namespace

TrainReport train(const std::string& model_path, const CompileOptions& compile,
                  const TrainOptions& options, const ProgressOutput& output, bool (*interrupted)(),
                  ir::Sources& sources, ir::Diagnostics& diagnostics) {
  TrainReport report;
  frontend::Options front_end = compile.model;
  front_end.flow = options.flow.is_asked_for();
  const auto model = read_model(model_path, front_end, sources, diagnostics, &report.compile);
  if (!model) return report;
  if (!model->train) {
    diagnostics.report({}, ir::Message::no_train_block, model->program.name);
    return report;
  }
  const auto executable =
      Executable::compile(model->program, compile, diagnostics, &report.compile);
  if (!executable) return report;

  const Threads threads(options.threads);
  Trainer trainer(*model, *executable, threads, options, report, diagnostics);
  if (!trainer.prepare({model_path, compile})) return report;
  const auto began = std::chrono::steady_clock::now();
  report.outcome = trainer.run(output, interrupted);
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  if (!trainer.write_flow(output)) report.outcome = TrainOutcome::failed;
  return report;
}

}  // namespace gradc::driver
