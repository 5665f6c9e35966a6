#include "frontend/files.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "frontend/parser.h"
#include "ir/messages.h"

namespace gradc::frontend {

namespace {

using ir::Message;

/// Files that import files: more than anybody writes, and safe to recurse over.
constexpr std::size_t max_depth = 100;

/// A path that was written in a file, as seen from where the compiler runs.
std::string resolve(const ir::Source& importing, const std::string& written) {
  const std::filesystem::path folder = std::filesystem::path(importing.name).parent_path();
  return (folder / written).lexically_normal().string();
}

/// Reads files depth first.
class Loader {
 public:
  Loader(ReadText read_text, ir::Sources& sources, ir::Diagnostics& diagnostics)
      : read_text_(read_text), sources_(sources), diagnostics_(diagnostics) {}

  ModelFiles load(const ast::File& file) {
    add(file);
    return std::move(files_);
  }

 private:
  /// An import that is being followed.
  struct Step {
    std::string path;
    ir::Location location;
  };

  const ModelFile& add(const ast::File& text) {
    ModelFile file{&text};
    for (const ast::Declaration& declaration : text.declarations) {
      const auto* const import = std::get_if<ast::Import>(&declaration.node);
      if (!import) continue;
      if (const ModelFile* imported = follow(*import))
        file.imports.push_back({imported, import->path.location});
    }
    return files_.in_order.emplace_back(std::move(file));
  }

  const ModelFile* follow(const ast::Import& import) {
    const ir::Location location = import.path.location;
    const std::string importing = resolve({}, location.source->name);
    const std::string path = resolve(*location.source, import.path.text);
    if (const auto known = loaded_.find(path); known != loaded_.end()) return known->second;
    steps_.push_back({importing, location});
    const ModelFile* file = may_read(path, location) ? read(path, location) : nullptr;
    steps_.pop_back();
    return loaded_[path] = file;  // what failed once has been reported
  }

  bool may_read(const std::string& path, ir::Location location) {
    const auto begin = std::ranges::find(steps_, path, &Step::path);
    if (begin == steps_.end() && steps_.size() <= max_depth) return true;
    if (begin == steps_.end()) {
      diagnostics_.report(location, Message::nesting_too_deep, max_depth);
      return false;
    }
    auto report = diagnostics_.report(location, Message::import_circle, path);
    for (auto step = begin; step + 1 != steps_.end(); ++step)
      report.note(step->location, fmt::format("`{}` imports `{}`", step->path, (step + 1)->path));
    return false;
  }

  const ModelFile* read(const std::string& path, ir::Location location) {
    if (!read_text_) {
      diagnostics_.report(location, Message::cannot_open, path, "there are no other files here");
      return nullptr;
    }
    auto text = read_text_(path, location, diagnostics_);
    if (!text) return nullptr;
    const ir::Source& source = sources_.add(path, std::move(*text));
    return &add(files_.imported.emplace_back(parse(source, diagnostics_)));
  }

  ReadText read_text_;
  ir::Sources& sources_;
  ir::Diagnostics& diagnostics_;
  ModelFiles files_;
  std::map<std::string, const ModelFile*> loaded_;
  std::vector<Step> steps_;
};

}  // namespace

ModelFiles load_imports(const ast::File& file, ReadText read_text, ir::Sources& sources,
                        ir::Diagnostics& diagnostics) {
  return Loader(read_text, sources, diagnostics).load(file);
}

}  // namespace gradc::frontend
