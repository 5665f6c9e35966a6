#include "frontend/graph_text.h"

#include <algorithm>

#include "frontend/graph_reader.h"
#include "frontend/layout.h"
#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::frontend {

using ir::Message;
using ir::StorageClass;

namespace {

std::vector<std::string> extents(const ir::Type& type) {
  std::vector<std::string> out;
  for (const std::int64_t extent : type.shape) out.push_back(std::to_string(extent));
  return out;
}

/// Puts graphs together to a program.
class ProgramReader {
 public:
  ProgramReader(const ir::Source& source, ir::Diagnostics& diagnostics)
      : cursor_(source, diagnostics) {}

  ir::Program read() {
    cursor_.skip_newlines();
    while (!cursor_.at_end()) {
      entry();
      cursor_.end_statement();
      if (!cursor_.at("}")) continue;
      cursor_.report(cursor_.location(), Message::expected_token, "a graph", "`}`");
      cursor_.next();
      cursor_.skip_newlines();
    }
    return std::move(program_);
  }

 private:
  void entry() {
    const ir::Location first = cursor_.location();
    if (!cursor_.at("graph")) return cursor_.fail("`graph`");
    ir::Graph graph = GraphReader(cursor_).read();
    if (cursor_.diagnostics().has_errors()) return;
    ir::Entry entry{graph.name.empty() ? "main" : graph.name, kind_of(graph), std::move(graph), {}};
    if (program_.find_entry(entry.name))
      cursor_.report(first, Message::repeated_clause, entry.name);
    add_inputs(entry);
    add_commits(entry.graph);
    program_.entries.push_back(std::move(entry));
  }

  static ir::EntryKind kind_of(const ir::Graph& graph) {
    if (graph.name == "init") return ir::EntryKind::init;
    if (graph.name == "evaluate") return ir::EntryKind::evaluate;
    const auto trains = [&](const ir::ResultName& result) {
      return result.commits && std::ranges::any_of(ir::inputs(graph), [&](ir::NodeId n) {
               return graph[n].name == result.name &&
                      ir::storage_of(graph, n) == StorageClass::param;
             });
    };
    return std::ranges::any_of(ir::result_names(graph), trains) ? ir::EntryKind::step
                                                                : ir::EntryKind::exported;
  }

  void add_inputs(ir::Entry& entry) {
    for (const ir::NodeId n : ir::inputs(entry.graph)) {
      const ir::Node& node = entry.graph[n];
      const StorageClass storage_class = ir::storage_of(entry.graph, n);
      if (storage_class == StorageClass::input)
        entry.inputs.push_back({node.name, extents(node.type)});
      else
        add_storage({node.name, storage_class, node.type, node.location, extents(node.type)}, true);
    }
  }

  /// A slot may be written, by `init`, before another graph reads it and tells its class.
  void add_commits(const ir::Graph& graph) {
    const std::vector<ir::ResultName> names = ir::result_names(graph);
    const ir::NodeId last = ir::return_node(graph);
    for (const ir::Use& use : graph.operands(last)) {
      const ir::Type& type = graph[use.def].type;
      if (names[use.slot].commits)
        add_storage(
            {names[use.slot].name, StorageClass::buffer, type, graph[last].location, extents(type)},
            false);
    }
  }

  void add_storage(ir::Storage storage, bool knows_class) {
    const auto known = std::ranges::find(program_.storage, storage.name, &ir::Storage::name);
    if (known == program_.storage.end()) {
      if (knows_class) classes_known_.push_back(storage.name);
      return program_.storage.push_back(std::move(storage));
    }
    if (known->type != storage.type)
      cursor_.report(storage.location, Message::storage_differs, storage.name, storage.type,
                     known->type);
    if (!knows_class) return;
    const bool is_first = std::ranges::find(classes_known_, storage.name) == classes_known_.end();
    if (is_first) {
      classes_known_.push_back(storage.name);
      known->storage_class = storage.storage_class;
    } else if (known->storage_class != storage.storage_class) {
      cursor_.report(storage.location, Message::storage_differs, storage.name,
                     ir::name(storage.storage_class), ir::name(known->storage_class));
    }
  }

  Cursor cursor_;
  ir::Program program_;
  std::vector<std::string> classes_known_;
};

}  // namespace

bool is_graph_text(const ir::Source& source) {
  const std::vector<Token> tokens = tokenize(source);
  const auto first = std::ranges::find_if(
      tokens, [](const Token& token) { return token.kind != TokenKind::newline; });
  return first->text == "graph";
}

std::optional<ir::Program> parse_graphs(const ir::Source& source, ir::Diagnostics& diagnostics) {
  const std::size_t errors_before = diagnostics.error_count();
  ir::Program program = ProgramReader(source, diagnostics).read();
  if (diagnostics.error_count() > errors_before) return std::nullopt;
  return program;
}

}  // namespace gradc::frontend
