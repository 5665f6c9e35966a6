#include "driver/train/progress.h"

#include <fmt/format.h>

#include <algorithm>

#include "driver/json.h"
#include "driver/train/progress_text.h"

namespace gradc::driver {

namespace {

constexpr double seconds_between_redraws = 0.1;
constexpr double seconds_between_lines = 10;
constexpr std::int64_t epochs_with_a_line =
    25;  ///< about so many, when there are more than twice as many
constexpr std::string_view erase_line = "\r\x1b[K";

struct ModeName {
  std::string_view name;
  ProgressMode mode;
};
constexpr ModeName mode_names[] = {
    {"auto", ProgressMode::automatic}, {"bar", ProgressMode::bar},   {"plain", ProgressMode::plain},
    {"json", ProgressMode::json},      {"none", ProgressMode::none},
};

std::string text_of(std::span<const Metric> metrics) {
  std::string text;
  for (const Metric& metric : metrics)
    text += fmt::format("  {} {}", metric.name, metric_text(metric.value));
  return text;
}

}  // namespace

std::optional<ProgressMode> find_progress_mode(std::string_view name) {
  for (const ModeName& candidate : mode_names)
    if (candidate.name == name) return candidate.mode;
  return std::nullopt;
}

Progress::Progress(ProgressMode mode, TrainingRun run, ProgressOutput output)
    : mode_(mode), run_(run), output_(std::move(output)) {
  if (mode == ProgressMode::automatic)
    mode_ = output_.is_terminal ? ProgressMode::bar : ProgressMode::plain;
}

void Progress::begin_epoch(std::int64_t epoch) {
  epoch_ = epoch;
  batch_ = 0;
  loss_sum_ = 0;
  epoch_began_ = last_batch_ = output_.now();
  if (run_began_) return;
  run_began_ = last_shown_ = epoch_began_;
  batches_before_run_ = batches_done();
}

void Progress::batch(double batch_loss) {
  ++batch_;
  loss_sum_ += batch_loss;
  last_batch_ = output_.now();
  const double waited = last_batch_ - last_shown_;
  if (mode_ == ProgressMode::bar && waited >= seconds_between_redraws) draw_bar(last_batch_);
  if (mode_ == ProgressMode::plain && waited >= seconds_between_lines)
    write_line(
        fmt::format("{}  {:3.0f}%  loss {}  {}  ETA {}", position(),
                    100 * static_cast<double>(batches_done()) / static_cast<double>(all_batches()),
                    metric_text(loss()), speed(), eta(last_batch_)));
}

void Progress::end_epoch(std::span<const Metric> metrics, bool notable) {
  const double now = output_.now();
  last_metrics_.assign(metrics.begin(), metrics.end());
  if (mode_ == ProgressMode::json) return write_json(metrics, now);
  if (mode_ == ProgressMode::none || !has_own_line(notable)) return;
  std::string line = fmt::format("{}{}  {}  {}", position(), text_of(metrics),
                                 duration_text(now - epoch_began_), speed());
  if (epoch_ < run_.epochs) line += "  ETA " + eta(now);
  write_line(line);
}

void Progress::finish() { clear(); }

void Progress::clear() {
  if (bar_is_drawn_) output_.standard_error(erase_line);
  bar_is_drawn_ = false;
}

/// The bar takes what the numbers leave it, within reason. A line that wraps could not be redrawn,
/// so what does not fit is left out.
void Progress::draw_bar(double now) {
  constexpr int widest = 40;
  constexpr int narrowest = 8;
  const int room = std::max(output_.columns() - 1, 0);
  const double fraction = static_cast<double>(batches_done()) / static_cast<double>(all_batches());
  const std::string head = position();
  std::string numbers = fmt::format("  {:3.0f}%  loss {}  {}  ETA {}", 100 * fraction,
                                    metric_text(loss()), speed(), eta(now));
  const auto left = [&] { return room - static_cast<int>(head.size() + numbers.size()) - 2; };
  for (const Metric& metric : last_metrics_) {
    const std::string text = text_of(std::span(&metric, 1));
    if (left() - static_cast<int>(text.size()) >= narrowest) numbers += text;
  }
  const int columns = std::min(left(), widest);
  const std::string line =
      columns >= narrowest
          ? fmt::format("{}  {}{}", head, bar_text(fraction, columns, output_.is_utf8), numbers)
          : (head + numbers).substr(0, static_cast<std::size_t>(room));
  output_.standard_error(fmt::format("{}{}", erase_line, line));
  bar_is_drawn_ = true;
  last_shown_ = now;
}

void Progress::write_line(std::string_view line) {
  clear();
  output_.standard_error(fmt::format("{}\n", line));
  last_shown_ = last_batch_;
}

void Progress::write_json(std::span<const Metric> metrics, double now) {
  const auto is_metric = [&](std::string_view name) {
    return std::ranges::find(metrics, name, &Metric::name) != metrics.end();
  };
  JsonWriter json;
  json.begin_object();
  // A metric's name is the model's choice; ours give way, because a key must not occur twice.
  if (!is_metric("epoch")) json.key("epoch").integer(epoch_);
  if (!is_metric("epochs")) json.key("epochs").integer(run_.epochs);
  if (!is_metric("seconds")) json.key("seconds").number(now - epoch_began_);
  if (!is_metric("examples_per_second")) json.key("examples_per_second").number(rate());
  for (const Metric& metric : metrics) json.key(metric.name).number(metric.value);
  json.end_object();
  output_.standard_output(json.text() + "\n");
}

bool Progress::has_own_line(bool notable) const {
  if (notable || epoch_ == 1 || epoch_ == run_.epochs) return true;
  if (run_.epochs <= 2 * epochs_with_a_line) return true;
  const std::int64_t stride = (run_.epochs + epochs_with_a_line - 1) / epochs_with_a_line;
  return epoch_ % stride == 0;
}

std::int64_t Progress::all_batches() const {
  return std::max<std::int64_t>(run_.epochs * run_.batches_per_epoch, 1);
}

std::int64_t Progress::batches_done() const {
  return (epoch_ - 1) * run_.batches_per_epoch + batch_;
}

/// The mean over the epoch so far.
double Progress::loss() const { return batch_ == 0 ? 0 : loss_sum_ / static_cast<double>(batch_); }

/// "12.3k examples/s"; what draws its data itself takes batches only.
std::string Progress::speed() const {
  const double elapsed = last_batch_ - epoch_began_;
  if (run_.examples_per_batch > 0 || elapsed <= 0) return rate_text(rate()) + " examples/s";
  return rate_text(static_cast<double>(batch_) / elapsed) + " batches/s";
}

/// Examples per second while training, the time for metrics left out.
double Progress::rate() const {
  const double elapsed = last_batch_ - epoch_began_;
  return elapsed > 0 ? static_cast<double>(batch_ * run_.examples_per_batch) / elapsed : 0;
}

/// Time left, were everything to go on as since the run began.
std::string Progress::eta(double now) const {
  const std::int64_t done = batches_done() - batches_before_run_;
  if (done <= 0) return "?";
  const auto left = static_cast<double>(all_batches() - batches_done());
  return duration_text((now - *run_began_) / static_cast<double>(done) * left);
}

std::string Progress::position() const {
  const std::string all = fmt::format("{}", run_.epochs);
  return fmt::format("epoch {:>{}}/{}", epoch_, all.size(), all);
}

}  // namespace gradc::driver
