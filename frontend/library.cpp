#include "frontend/library.h"

#include <string>

#include "frontend/parser.h"

namespace gradc::frontend {

Library load_library(ir::Sources& sources, ir::Diagnostics& diagnostics) {
  Library library;
  for (const LibraryFile& file : library_files()) {
    const ir::Source& source = sources.add(std::string(file.name), std::string(file.text));
    library.sources.push_back(&source);
    library.files.push_back(parse(source, diagnostics));
  }
  return library;
}

}  // namespace gradc::frontend
