#pragma once
/// Entries: what can be called from outside.
#include <map>
#include <string>
#include <string_view>

#include "frontend/ast.h"
#include "frontend/elaboration.h"
#include "frontend/files.h"

namespace gradc::frontend {

/// The files and the model's declaration: what every entry starts from.
struct ModelSource {
  const Scope* library;
  const ModelFiles* files;
  const ast::Model* model;
};

/// One elaboration of the model's equations.
struct ModelRun {
  Building building = {};
  Scope* scope = nullptr;
};
void run_model(Elaboration&, const ModelSource&, ModelRun&, std::string entry_name,
               bool is_training);

void elaborate_step(Elaboration&, const ModelSource&, const ast::Step&);
/// The same step again, watching the flow of its gradients (watch.h).
void elaborate_flow(Elaboration&, const ModelSource&, const ast::Step&);
void elaborate_export(Elaboration&, const ModelSource&, const ast::Export&);
/// Metrics, and what `eval` names: one entry for all of them.
void elaborate_evaluation(Elaboration&, const ModelSource&);
/// The initialisers of all slots that the other entries use.
void elaborate_initialisation(Elaboration&);

/// A name and its value at the end of an entry.
struct EntryResult {
  std::string name;
  ir::Value value;
};
void finish_entry(Elaboration&, Building&, ir::EntryKind, std::vector<EntryResult> results,
                  const std::vector<ir::NodeId>& kept_inputs);

}  // namespace gradc::frontend
