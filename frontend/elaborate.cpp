#include "frontend/elaborate.h"

#include <algorithm>

#include "frontend/data.h"
#include "frontend/declarations.h"
#include "frontend/definitions.h"
#include "frontend/elaboration.h"
#include "frontend/entries.h"
#include "frontend/files.h"
#include "frontend/library.h"
#include "frontend/storages.h"
#include "ir/messages.h"

namespace gradc::frontend {

namespace {

/// The model of the file. A file with two is an error, and so is one without if a model is needed.
const ast::Model* find_model(Elaboration& e, const ast::File& file) {
  const ast::Model* model = nullptr;
  for (const ast::Declaration& declaration : file.declarations) {
    const auto* found = std::get_if<ast::Model>(&declaration.node);
    if (found && model) e.report(found->name.location, Message::several_models, found->name.text);
    if (found && !model) model = found;
  }
  if (!model && e.options.needs_model) e.report(Location(), Message::no_model);
  return model;
}

void elaborate_entries(Elaboration& e, const ModelSource& source) {
  // In the order of the file, but steps first: they see all storage.
  for (const ast::Stmt& stmt : source.model->body.statements)
    if (const auto* step = std::get_if<ast::Step>(&stmt.node)) {
      elaborate_step(e, source, *step);
      if (e.options.flow) elaborate_flow(e, source, *step);
    }
  for (const ast::Stmt& stmt : source.model->body.statements)
    if (const auto* entry = std::get_if<ast::Export>(&stmt.node))
      elaborate_export(e, source, *entry);
  elaborate_evaluation(e, source);
}

/// Values given for dims that the model does not have.
void check_overrides(Elaboration& e) {
  for (const auto& [name, value] : e.overrides)
    if (!e.used_overrides.contains(name)) e.report(Location(), Message::unknown_dim, name);
}

}  // namespace

std::optional<Model> elaborate(const ast::File& file, const Options& options, ir::Sources& sources,
                               ir::Diagnostics& diagnostics) {
  Elaboration e(options, diagnostics);
  e.overrides = options.dims;
  const Library library = load_library(sources, diagnostics);
  e.library_sources = library.sources;
  const std::size_t errors = diagnostics.error_count();
  const ModelFiles files = load_imports(file, options.read_text, sources, diagnostics);
  if (diagnostics.error_count() > errors) return std::nullopt;  // names would seem unknown
  if (!diagnostics.has_errors())
    e.wrong_definitions = check_definitions(library, files, options, diagnostics);
  const ast::Model* model = find_model(e, file);
  if (!model) return std::nullopt;

  e.model.program.name = model->name.text;
  const ModelSource source{&library_scope(e, library), &files, model};
  e.model.program.storage.push_back(
      {std::string(seed_slot), ir::StorageClass::counter, {ir::DType::i64, {}}, {}, {}});
  elaborate_entries(e, source);
  ModelRun run;
  run_model(e, source, run, "data", false);
  elaborate_data(e, run, model->body);
  elaborate_train(e, run, model->body);
  elaborate_initialisation(e);
  check_overrides(e);
  if (diagnostics.has_errors()) return std::nullopt;
  return std::move(e.model);
}

}  // namespace gradc::frontend
