#include "frontend/declarations.h"

#include "frontend/statements.h"
#include "ir/messages.h"

namespace gradc::frontend {

namespace {

/// What a declaration of a file calls something; null for an import, and for a model: models are
/// not imported.
const ast::Name* declared_name(const ast::Declaration& declaration) {
  if (const auto* fn = std::get_if<ast::Fn>(&declaration.node)) return &fn->name;
  if (const auto* layer = std::get_if<ast::Layer>(&declaration.node)) return &layer->name;
  if (const auto* optimizer = std::get_if<ast::Optimizer>(&declaration.node))
    return &optimizer->name;
  if (const auto* dim = std::get_if<ast::DimDeclaration>(&declaration.node)) return &dim->name;
  return nullptr;
}

/// The names that a file declares itself, not those that it imports: every file says what it uses.
void import_names(Elaboration& e, Scope& scope, const ast::File& file, const Scope& names,
                  Location import) {
  for (const ast::Declaration& declaration : file.declarations) {
    const ast::Name* name = declared_name(declaration);
    if (!name) continue;
    const auto [entry, is_new] = scope.declared.try_emplace(name->text, name->location);
    if (!is_new && entry->second != name->location)
      e.report(import, Message::duplicate_name, name->text)
          .note(entry->second, "it is declared here")
          .note(name->location, "and here");
    if (const Value* value = find(names, name->text))
      scope.names.insert_or_assign(name->text, *value);
  }
}

/// The functions, layers and optimizers of a file.
void declare_file(Elaboration& e, Scope& scope, const ast::File& file) {
  const auto declare = [&](const ast::Name& name, Value value) {
    const auto [entry, is_new] = scope.declared.try_emplace(name.text, name.location);
    if (!is_new)
      e.report(name.location, Message::duplicate_name, name.text)
          .note(entry->second, "it is declared here");
    scope.names.insert_or_assign(name.text, std::move(value));
  };
  for (const ast::Declaration& declaration : file.declarations) {
    if (const auto* fn = std::get_if<ast::Fn>(&declaration.node))
      declare(fn->name, Function{fn, &scope});
    if (const auto* layer = std::get_if<ast::Layer>(&declaration.node))
      declare(layer->name, LayerClass{layer, &scope});
    if (const auto* optimizer = std::get_if<ast::Optimizer>(&declaration.node))
      declare(optimizer->name, OptimizerClass{optimizer, &scope});
  }
}

}  // namespace

const Scope& library_scope(Elaboration& e, const Library& library) {
  Scope& scope = e.make_scope(nullptr, nullptr);
  for (const ast::File& file : library.files) declare_file(e, scope, file);
  return scope;
}

std::vector<const Scope*> file_scopes(Elaboration& e, const ModelFiles& files,
                                      const Scope& library) {
  std::map<const ModelFile*, const Scope*> scopes;
  std::vector<const Scope*> out;
  for (const ModelFile& file : files.in_order) {
    Scope& scope = e.make_scope(&library, nullptr);
    for (const auto& [imported, location] : file.imports)
      import_names(e, scope, *imported->text, *scopes.at(imported), location);
    declare_file(e, scope, *file.text);
    for (const ast::Declaration& declaration : file.text->declarations)
      if (const auto* dim = std::get_if<ast::DimDeclaration>(&declaration.node))
        declare_dim(e, scope, *dim, true);
    scopes[&file] = &scope;
    out.push_back(&scope);
  }
  return out;
}

}  // namespace gradc::frontend
