#pragma once
/// The files of a model: the one that holds it, and those that it imports.
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "frontend/ast.h"
#include "frontend/elaborate.h"
#include "ir/diagnostics.h"
#include "ir/location.h"

namespace gradc::frontend {

/// A file, parsed, with the files that it imports directly.
struct ModelFile {
  struct Import {
    const ModelFile* file;
    ir::Location location;
  };
  const ast::File* text;
  std::vector<Import> imports = {};
};

/// Every file once, after those that it imports: the model's own file is the last.
struct ModelFiles {
  std::deque<ast::File> imported;
  std::deque<ModelFile> in_order;
};

/// Reads what `file` imports, and what that imports. Paths are relative to the file that names
/// them. Files that cannot be read, and files that import each other, are reported and left out.
ModelFiles load_imports(const ast::File& file, ReadText read_text, ir::Sources& sources,
                        ir::Diagnostics& diagnostics);

}  // namespace gradc::frontend
