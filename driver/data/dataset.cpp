#include "driver/data/dataset.h"

#include <cassert>
#include <cmath>
#include <utility>

#include "driver/random.h"
#include "ir/messages.h"

namespace gradc::driver {

using ir::Message;

std::optional<Dataset> make_dataset(std::vector<Column> columns, ir::Location location,
                                    ir::Diagnostics& diagnostics) {
  Dataset dataset;
  for (Column& column : columns) {
    const ir::Type& type = column.values.type();
    if (type.is_scalar())
      return diagnostics.report(location, Message::data_needs_examples, column.input);
    if (dataset.columns.empty()) dataset.examples = type.shape[0];
    if (type.shape[0] != dataset.examples)
      return diagnostics.report(location, Message::example_counts_differ, dataset.columns[0].input,
                                dataset.examples, column.input, type.shape[0]);
    dataset.columns.push_back(std::move(column));
  }
  return dataset;
}

std::optional<Split> split(std::int64_t examples, double holdout, ir::Location location,
                           ir::Diagnostics& diagnostics) {
  if (holdout >= 0 && holdout < 1) {
    const std::int64_t held_out = std::llround(static_cast<double>(examples) * holdout);
    if (held_out < examples) return Split{examples - held_out, held_out};
  }
  return diagnostics.report(location, Message::holdout_impossible, holdout, examples);
}

std::vector<std::int64_t> shuffled(std::int64_t count, std::uint64_t seed, std::uint64_t epoch) {
  assert(count >= 0 && "a number of examples");
  std::vector<std::int64_t> order(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int64_t>(i);
  // Fisher–Yates: the last place not yet drawn gets one of those up to it.
  Random random(seed, epoch);
  for (std::size_t left = order.size(); left > 1; --left)
    std::swap(order[left - 1], order[random.below(left)]);
  return order;
}

}  // namespace gradc::driver
