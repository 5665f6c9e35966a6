#pragma once
/// The inputs of one entry, filled with examples of a dataset.
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "driver/data/dataset.h"
#include "driver/instance.h"

namespace gradc::driver {

/// Memory for the inputs of an entry, and which column of the dataset each is filled from.
class Batch {
 public:
  /// Every input of the entry must have a fitting column and examples on its first axis, equally
  /// many in all of them.
  static std::optional<Batch> create(const Executable::Entry& entry, const Dataset& dataset,
                                     ir::Location location, ir::Diagnostics& diagnostics);

  std::int64_t size() const { return size_; }  ///< examples per batch
  void fill(std::span<const std::int64_t> examples);
  std::span<const void* const> inputs() const { return pointers_; }

 private:
  struct Input {
    const Column* column;
    ir::Type type;
    AlignedBytes bytes;
  };
  Batch() = default;

  std::int64_t size_ = 0;
  std::vector<Input> inputs_;
  std::vector<const void*> pointers_;
};

}  // namespace gradc::driver
