#pragma once
/// What a user sees while a model trains.
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gradc::driver {

enum class ProgressMode {
  automatic,  ///< bar on a terminal, plain elsewhere
  bar,        ///< one line on standard error, redrawn in place
  plain,      ///< lines on standard error
  json,       ///< one object per epoch on standard output
  none,
};
std::optional<ProgressMode> find_progress_mode(std::string_view name);  ///< "auto", "bar", …

/// The world that progress is shown to; a test brings its own.
struct ProgressOutput {
  std::function<void(std::string_view)> standard_error;
  std::function<void(std::string_view)> standard_output;
  std::function<double()> now;   ///< seconds on a clock that never goes back
  std::function<int()> columns;  ///< of the terminal, which may be resized
  bool is_terminal = false;      ///< standard error can be redrawn in place
  bool is_utf8 = false;
};

/// The process's own streams and clock.
ProgressOutput console();

struct Metric {
  std::string name;
  double value = 0;
};

/// The size of a training run.
struct TrainingRun {
  std::int64_t epochs = 1;
  std::int64_t batches_per_epoch = 1;
  std::int64_t examples_per_batch = 1;
};

/// Call begin_epoch, batch…, end_epoch for each epoch, then finish.
class Progress {
 public:
  Progress(ProgressMode mode, TrainingRun run, ProgressOutput output);

  void begin_epoch(std::int64_t epoch);  ///< counted from 1; a resumed run begins later
  void batch(double batch_loss);         ///< after each batch
  /// All metrics of the epoch, in the order they are shown in. Of a run of many epochs only some
  /// get a line of their own, a `notable` one always.
  void end_epoch(std::span<const Metric> metrics, bool notable = false);
  void finish();

  /// Take the bar away, so that something else can be written; the next batch brings it back.
  void clear();

 private:
  void draw_bar(double now);
  void write_line(std::string_view line);
  void write_json(std::span<const Metric> metrics, double now);
  bool has_own_line(bool notable) const;
  std::int64_t all_batches() const;
  std::int64_t batches_done() const;
  double loss() const;
  double rate() const;
  std::string speed() const;
  std::string eta(double now) const;
  std::string position() const;

  ProgressMode mode_;
  TrainingRun run_;
  ProgressOutput output_;
  std::int64_t epoch_ = 0;
  std::int64_t batch_ = 0;  ///< batches of this epoch
  double loss_sum_ = 0;
  double epoch_began_ = 0;
  double last_batch_ = 0;  ///< when it ended
  std::optional<double> run_began_;
  std::int64_t batches_before_run_ = 0;  ///< done before a resume
  double last_shown_ = 0;
  bool bar_is_drawn_ = false;
  std::vector<Metric> last_metrics_;
};

}  // namespace gradc::driver
