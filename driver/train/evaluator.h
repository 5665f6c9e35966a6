#pragma once
/// The metrics of a model over many examples.
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "driver/train/batch.h"
#include "driver/train/progress.h"

namespace gradc::driver {

/// Runs the entry `evaluate` over examples in order. What is left after the last whole batch is
/// evaluated by the same model compiled for just as many examples, so that every example counts
/// once. What carries states goes through streams of examples, as in training, from fresh states;
/// there what fills no batch is left out.
class Evaluator {
 public:
  struct Source {
    std::string model_path;
    CompileOptions options;
  };

  /// `dataset` and `threads` must outlive it. The examples are [first, first + count).
  static std::optional<Evaluator> create(const Executable& executable, const Source& source,
                                         const Dataset& dataset, std::int64_t first,
                                         std::int64_t count, const Threads& threads,
                                         ir::Location location, ir::Diagnostics& diagnostics);

  /// The mean of every result of `evaluate` over the examples, with the parameters of `instance`.
  std::vector<Metric> evaluate(Instance& instance);

 private:
  /// The same model for the examples that do not fill a batch.
  struct Rest {
    std::unique_ptr<Executable> executable;
    Instance instance;
    Batch batch;
  };
  Evaluator() = default;
  static std::optional<Rest> compile_rest(const ir::Entry& entry, const Source& source,
                                          std::int64_t count, const Dataset& dataset,
                                          const Threads& threads, ir::Location location,
                                          ir::Diagnostics& diagnostics);
  void add(Instance& instance, const Executable::Entry& entry, Batch& batch,
           std::span<const std::int64_t> examples, std::vector<double>& sums) const;

  const Executable::Entry* entry_ = nullptr;
  std::int64_t first_ = 0;
  std::vector<std::int64_t> order_;  ///< of the examples that fill batches
  std::optional<Batch> batch_;
  std::optional<Rest> rest_;
};

}  // namespace gradc::driver
