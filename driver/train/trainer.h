#pragma once
/// The training loop behind a model's `train { … }` block.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "driver/compiler.h"
#include "driver/data/load.h"
#include "driver/train/progress.h"

namespace gradc::driver {

/// The report on the flow of gradients.
struct FlowOptions {
  std::vector<std::string> files;  ///< their names say the form (driver/flow/report.h)
  std::int64_t every = 20;         ///< steps from one sample to the next

  bool is_asked_for() const { return !files.empty(); }
};

/// What the command line says in place of the model's `train` block, and where results go.
struct TrainOptions {
  DataFiles data;
  std::optional<std::int64_t> epochs;
  std::optional<std::uint64_t> seed;
  std::optional<double> holdout;
  int threads = 1;
  std::string load_weights;    ///< a safetensors file to start from
  std::string save_weights;    ///< where `save` writes to; also written at the end
  std::string log;             ///< a JSON-lines file
  std::string pictures = ".";  ///< the folder that `draw` writes to
  std::string plot;            ///< an SVG file of the metrics over the epochs
  FlowOptions flow;
  ProgressMode progress = ProgressMode::automatic;
};

enum class TrainOutcome { finished, failed, diverged, interrupted };

struct TrainReport {
  TrainOutcome outcome = TrainOutcome::failed;
  std::string divergence;       ///< what was not finite, and when
  std::vector<Metric> metrics;  ///< of the last epoch
  CompileTimes compile;
  double seconds = 0;         ///< of training, evaluation included
  std::int64_t examples = 0;  ///< trained on, counting repetitions
  std::string saved_to;
  std::string flow;  ///< how each recurrence passed gradients on; empty if nobody asked
};

/// Compile the model, and train it as its `train` block says. Stops after the current batch, saving
/// what it has, once `interrupted` returns true.
TrainReport train(const std::string& model_path, const CompileOptions& compile,
                  const TrainOptions& options, const ProgressOutput& output, bool (*interrupted)(),
                  ir::Sources& sources, ir::Diagnostics& diagnostics);

}  // namespace gradc::driver
