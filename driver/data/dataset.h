#pragma once
/// Examples to learn from: columns of equal length, divided, shuffled and gathered into batches.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ir/diagnostics.h"
#include "ir/tensor.h"

namespace gradc::driver {

/// The values of one model input; the first axis counts examples.
struct Column {
  std::string input;
  ir::Tensor values;
  double scale = 1;  ///< what every value is multiplied by, such as 1/255 for pixels
};

struct Dataset {
  std::vector<Column> columns;
  std::int64_t examples = 0;
};

/// A dataset, if all columns have the same number of examples.
std::optional<Dataset> make_dataset(std::vector<Column> columns, ir::Location location,
                                    ir::Diagnostics& diagnostics);

/// The first `train` examples are learned from; the `held_out` ones after them are not.
struct Split {
  std::int64_t train = 0;
  std::int64_t held_out = 0;
};

/// Hold out the fraction `holdout` of `examples`, rounded to the nearest whole number (a half up).
std::optional<Split> split(std::int64_t examples, double holdout, ir::Location location,
                           ir::Diagnostics& diagnostics);

/// The numbers [0, count) in an order that is a pure function of (seed, epoch): the same on every
/// machine and after every resume.
std::vector<std::int64_t> shuffled(std::int64_t count, std::uint64_t seed, std::uint64_t epoch);

/// Can every example of the column be a row of an input of this type: as many elements per example,
/// every value one of the element type's?
bool fits(const Column& column, const ir::Type& input, ir::Location location,
          ir::Diagnostics& diagnostics);

/// Write the examples `indices` of a column that `fits` one after another as rows of `input`, whose
/// first extent is their number. `batch` takes input.bytes().
void gather_batch(const Column& column, std::span<const std::int64_t> indices,
                  const ir::Type& input, std::span<std::byte> batch);

}  // namespace gradc::driver
