#pragma once
/// A compiled model with its memory: parameters, optimizer states, streams' states.
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "driver/compiler.h"
#include "driver/safetensors.h"

namespace gradc::driver {

/// Bytes aligned as a compiled model wants its memory.
class AlignedBytes {
 public:
  /// Zeros; without memory for them, `data()` is null.
  explicit AlignedBytes(std::int64_t size);
  std::byte* data() const { return bytes_.get(); }
  std::span<std::byte> span() const { return {bytes_.get(), size_}; }

 private:
  struct Free {
    void operator()(std::byte* bytes) const;
  };
  std::size_t size_;
  std::unique_ptr<std::byte, Free> bytes_;
};

/// Threads that the kernels of an instance are spread over. Results do not depend on their number.
class Threads {
 public:
  explicit Threads(int count);  ///< with 1, everything runs on the caller's thread
  gradc_pool* pool() const { return pool_.get(); }

 private:
  struct Destroy {
    void operator()(gradc_pool* pool) const { gradc_pool_destroy(pool); }
  };
  std::unique_ptr<gradc_pool, Destroy> pool_;
};

class Instance {
 public:
  /// Refers to both, which must outlive it. Parameters are zero until `initialize` or `load`.
  static std::optional<Instance> create(const Executable& executable, const Threads& threads,
                                        ir::Diagnostics& diagnostics);

  /// Run the model's initialisers. The same seed gives the same values, and later the same dropout.
  void initialize(std::uint64_t seed);

  /// Run an entry. The pointers are to bytes of the entry's ports, in their order.
  void call(const Executable::Entry& entry, std::span<const void* const> inputs,
            std::span<void* const> outputs);
  /// What such a call hands to the entry's code: for those who make very many of the same.
  gradc_frame frame(std::span<const void* const> inputs, std::span<void* const> outputs) const;

  /// The bytes of a storage slot.
  std::span<std::byte> slot(std::size_t number);
  const std::vector<ir::Storage>& slots() const { return executable_->plan().program.storage; }

  /// Streams' states as `initialize` made them.
  void reset_states();
  std::vector<std::byte> states() const;
  /// As another call of `states` gave them.
  void set_states(std::span<const std::byte> states);

  /// Params and buffers, and with `everything` what it takes to go on with training.
  Safetensors save(bool everything) const;
  /// Every param and buffer must be there, of its type; others are taken if they are there.
  bool load(const Safetensors& file, const std::string& name, ir::Diagnostics& diagnostics);
  /// The slots that the other one has too, of the same type.
  void copy_from(const Instance& other);

 private:
  Instance(const Executable& executable, const Threads& threads);
  std::span<const std::byte> slot(std::size_t number) const;
  ir::Tensor value(std::size_t number) const;

  const Executable* executable_;
  const Threads* threads_;
  std::vector<AlignedBytes> regions_;  ///< in the order of passes::Region
  AlignedBytes arena_;
  std::vector<std::byte> initial_states_;
};

}  // namespace gradc::driver
