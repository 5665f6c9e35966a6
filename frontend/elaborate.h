#pragma once
/// Syntax tree → program: layers are applied, dims get their values, entries become graphs.
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "frontend/ast.h"
#include "frontend/model.h"
#include "ir/diagnostics.h"
#include "ir/location.h"
#include "ir/type.h"

namespace gradc::frontend {

struct Options {
  /// Values of dims in place of those in the file: `-D B=16`.
  std::map<std::string, std::int64_t> dims;
  /// What `f32` means in the file: with f64, everything is computed in double precision.
  ir::DType float_type = ir::DType::f32;
};

/// The model of a file, or nothing if there were errors, which `diagnostics` knows. `sources` takes
/// the files of the library.
std::optional<Model> elaborate(const ast::File& file, const Options& options, ir::Sources& sources,
                               ir::Diagnostics& diagnostics);

}  // namespace gradc::frontend
