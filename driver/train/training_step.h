#pragma once
/// A step of the `train` block: its entry, the memory of its batch, and what its losses were.
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "driver/flow/history.h"
#include "driver/instance.h"
#include "driver/train/batch.h"

namespace gradc::driver {

/// An entry and the memory of its results.
struct Callee {
  explicit Callee(const Executable::Entry& entry);
  void call(Instance& instance, std::span<const void* const> inputs);

  const Executable::Entry* entry;
  std::vector<ir::Tensor> outputs;
};

class TrainingStep {
 public:
  /// The step `name` of the model; watched if it was compiled with an entry that watches it.
  /// Reports inputs that no column of the data fits.
  static std::optional<TrainingStep> create(const frontend::Model& model,
                                            const Executable& executable, const std::string& name,
                                            const Dataset& dataset, ir::Location location,
                                            ir::Diagnostics& diagnostics);

  std::int64_t batch_size() const { return batch_.size(); }
  void begin_epoch() { loss_sum_ = 0; }
  /// One batch of examples. A watched step takes a sample in the first and every `sample_every`th.
  void run(Instance& instance, std::span<const std::int64_t> examples, std::int64_t sample_every);

  double loss() const { return loss_; }          ///< of the last batch
  double loss_sum() const { return loss_sum_; }  ///< over the batches of this epoch
  /// Null if the step is not watched.
  const FlowHistory* history() const { return watched_ ? &watched_->history : nullptr; }

 private:
  /// The same step with a report on the flow of its gradients.
  struct Watched {
    Callee callee;
    FlowHistory history;
  };
  TrainingStep(Callee callee, Batch batch, std::optional<Watched> watched);

  Callee callee_;
  Batch batch_;
  std::optional<Watched> watched_;
  std::int64_t calls_ = 0;
  double loss_ = 0, loss_sum_ = 0;
};

}  // namespace gradc::driver
