#pragma once
/// Made-up values for the inputs of an entry.
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "driver/instance.h"

namespace gradc::driver {

/// A number of [-1, 1), a whole number below `bound`, or yes and no: a function of the seed, the
/// number of the input, and the place of the element in it.
void fill(std::span<std::byte> bytes, const ir::Type& type, std::int64_t bound, std::uint64_t seed,
          std::uint64_t input);

/// Memory for a call of an entry: its inputs, filled, and its outputs.
class MadeUpCall {
 public:
  /// `graph` is the entry's. Nothing if there is not enough memory.
  static std::optional<MadeUpCall> create(const Executable::Entry& entry, const ir::Graph& graph,
                                          std::uint64_t seed, ir::Diagnostics& diagnostics);

  std::span<const void* const> inputs() const { return inputs_; }
  std::span<void* const> outputs() const { return outputs_; }

 private:
  void* add(const ir::Type& type);

  std::vector<AlignedBytes> memory_;
  std::vector<const void*> inputs_;
  std::vector<void*> outputs_;
};

}  // namespace gradc::driver
