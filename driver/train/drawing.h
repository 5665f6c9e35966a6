#pragma once
/// `draw sheet`: what an export of the model computes, as a picture.
#include <optional>
#include <string>

#include "driver/image.h"
#include "driver/instance.h"

namespace gradc::driver {

class Drawing {
 public:
  /// The entry must ask for no input, and its result must be pictures.
  static std::optional<Drawing> create(const Executable::Entry& entry, std::string path,
                                       ir::Location location, ir::Diagnostics& diagnostics);

  /// Compute the pictures with the instance's parameters and write the file.
  bool draw(Instance& instance, ir::Diagnostics& diagnostics);

 private:
  Drawing(const Executable::Entry& entry, std::string path, const Pictures& pictures);

  const Executable::Entry* entry_;
  std::string path_;
  Pictures pictures_;
  ir::Tensor values_;
};

}  // namespace gradc::driver
