#pragma once
/// The safetensors format: named tensors in one file that Python tools read and write. It is what
/// parameters and checkpoints are saved as.
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "driver/data/files.h"
#include "ir/tensor.h"

namespace gradc::driver {

struct NamedTensor {
  std::string name;
  ir::Tensor value;

  bool operator==(const NamedTensor&) const = default;
};

struct Safetensors {
  std::vector<NamedTensor> tensors;             ///< names differ
  std::map<std::string, std::string> metadata;  ///< steps, seeds, a hash of the model

  bool operator==(const Safetensors&) const = default;
  const ir::Tensor* find(std::string_view name) const;  ///< null if there is none
};

/// The file's bytes: the same content gives the same bytes, whatever the order of its tensors. The
/// metadata get a CRC-32 of everything, under a name of our own.
Bytes encode_safetensors(const Safetensors& content);

/// The content of a file that need not be trusted; tensors in the order in which we write them.
/// Damage is detected where the bytes carry our CRC-32, which is not among the metadata returned.
std::optional<Safetensors> decode_safetensors(std::span<const std::byte> bytes,
                                              const std::string& name, ir::Location location,
                                              ir::Diagnostics& diagnostics);

bool save_safetensors(const std::string& path, const Safetensors& content, ir::Location location,
                      ir::Diagnostics& diagnostics);
std::optional<Safetensors> load_safetensors(const std::string& path, ir::Location location,
                                            ir::Diagnostics& diagnostics);

}  // namespace gradc::driver
