#pragma once
/// From a model's `data` block to examples in memory.
#include <map>
#include <optional>
#include <string>

#include "driver/data/dataset.h"
#include "frontend/model.h"

namespace gradc::driver {

/// Where data files are looked for.
struct DataFiles {
  std::string folder = ".";                     ///< `--data-dir`
  std::map<std::string, std::string> by_input;  ///< `--data x=FILE`: in place of the model's source
};

/// The examples of `block`; without one, of the files given by hand alone.
std::optional<Dataset> load_data(const frontend::DataBlock* block, const DataFiles& files,
                                 ir::Diagnostics& diagnostics);

/// The value in a file whose name says its format: .npy, .csv, .txt, else idx; .gz may follow.
std::optional<ir::Tensor> load_file(const std::string& path, ir::Location location,
                                    ir::Diagnostics& diagnostics);

}  // namespace gradc::driver
