#pragma once
/// Reads one graph from its text form; inside the frontend only.
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "frontend/cursor.h"
#include "ir/op.h"

namespace gradc::frontend {

class GraphReader {
 public:
  explicit GraphReader(Cursor& cursor) : cursor_(cursor) {}

  /// From `graph` to `}`. Complete, with a `return`, even when there were errors.
  ir::Graph read();

 private:
  /// A value's name in the text. A node that was refused has no id: what uses it is given up in
  /// silence.
  struct Definition {
    ir::Location location;
    std::optional<ir::NodeId> id;
  };
  /// `loss = t1`, `dense.w <- t2`
  struct Result {
    ast::Name name;
    bool commits = false;
    ast::Name value;
  };
  /// `= op(x, y) {axes = [0]} : f32[4] { … }`
  struct Application {
    ast::Name op;
    std::vector<ast::Name> operands;
    ir::Attributes attributes;
    ir::Location location;
    ir::Type type;
    ir::Location type_location;
    std::vector<ir::Graph> bodies;
  };

  void input();
  void statement();
  void node();
  Application application();
  std::optional<ir::NodeId> apply(Application application);
  bool check_bodies(const Application& application);
  void returned();
  Result result();
  void check_commit(const ast::Name& slot, const ir::Type& type);

  void define(const ast::Name& name, std::optional<ir::NodeId> id);
  std::optional<ir::Value> find(const ast::Name& name);
  std::size_t result_count(ir::NodeId n) const;
  void forget_generated_names();

  ir::Type type();
  ir::Attributes attributes();
  ir::Attribute attribute();
  ir::Attribute scalar_attribute();
  ir::Attribute list_attribute();

  Cursor& cursor_;
  ir::Graph graph_;
  std::map<std::string, Definition> values_;
  bool is_complete_ = false;
};

}  // namespace gradc::frontend
