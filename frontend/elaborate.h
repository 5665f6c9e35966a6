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

/// The text of a file that a model imports at `location`; reports why there is none.
using ReadText = std::optional<std::string> (*)(const std::string& path, ir::Location location,
                                                ir::Diagnostics& diagnostics);

struct Options {
  /// Values of dims in place of those in the file: `-D B=16`.
  std::map<std::string, std::int64_t> dims;
  /// What `f32` means in the file: with f64, everything is computed in double precision.
  ir::DType float_type = ir::DType::f32;
  /// Make an entry `STEP.flow` beside every step (watch.h).
  bool flow = false;
  /// Is a file without a model an error?
  bool needs_model = true;
  /// How the host reads imported files; without it there are none.
  ReadText read_text = nullptr;
};

/// The model of a file, or nothing if there were errors, which `diagnostics` knows. `sources` takes
/// the files of the library, and imported ones.
std::optional<Model> elaborate(const ast::File& file, const Options& options, ir::Sources& sources,
                               ir::Diagnostics& diagnostics);

}  // namespace gradc::frontend
