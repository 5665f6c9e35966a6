#pragma once
/// Series of measurements with a class each: the .ts files of the UCR and UEA archives.
#include <optional>
#include <string>

#include "frontend/model.h"
#include "ir/diagnostics.h"
#include "ir/tensor.h"

namespace gradc::driver {

/// One column of the series of a file: `values` are f64[examples, length, dimensions], `class` and
/// `length` are i32[examples]. Classes count from 0 in the order of the file's header. Files are
/// sorted by class; here the classes take turns, so that what is held out at the end has all.
std::optional<ir::Tensor> read_series(const std::string& path,
                                      const frontend::SequenceColumn& column, ir::Location location,
                                      ir::Diagnostics& diagnostics);

}  // namespace gradc::driver
