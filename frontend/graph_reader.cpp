#include "frontend/graph_reader.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <utility>

#include "ir/compose.h"
#include "ir/messages.h"
#include "ir/ops.h"
#include "ir/print.h"

namespace gradc::frontend {

using ir::Message;

namespace {

/// What an attribute may repeat of the node's type is left out in the text.
void complete(ir::Attributes& attributes, const ir::Op& op, const ir::Type& type) {
  for (const ir::AttributeSpec& spec : op.attributes) {
    if (attributes.find(spec.name)) continue;
    if (spec.name == "dtype") attributes.set("dtype", type.dtype);
    if (spec.name == "shape") attributes.set("shape", type.shape);
  }
}

/// "t0", "t12": what the printer calls values without a name.
bool looks_generated(std::string_view name) {
  return name.size() > 1 && name[0] == 't' &&
         name.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

/// Of a body: the first thing in it that is kept between calls.
std::optional<std::string> storage_in(const ir::Graph& body) {
  for (const ir::NodeId n : ir::inputs(body))
    if (ir::storage_of(body, n) != ir::StorageClass::input) return body[n].name;
  for (const ir::ResultName& result : ir::result_names(body))
    if (result.commits) return result.name;
  return std::nullopt;
}

}  // namespace

ir::Graph GraphReader::read() {
  cursor_.expect("graph");
  if (cursor_.at(TokenKind::name)) graph_.name = cursor_.expect_path().text;
  cursor_.expect("(");
  cursor_.list(")", [&] { input(); });
  cursor_.expect(")");
  cursor_.synchronize_at_block();
  cursor_.braces([&] { statement(); });
  if (!is_complete_) {
    const ir::Location end = cursor_.since({});
    cursor_.fail_with(end, Message::expected_token, "`return` at the end of a graph", "its end");
    graph_.location = {};
    ir::return_(graph_, {}, {});
  }
  forget_generated_names();
  return std::move(graph_);
}

/// `param dense.w: f32[2, 8]`
void GraphReader::input() {
  const bool has_class = cursor_.at(TokenKind::name) && cursor_.peek(1).kind == TokenKind::name;
  auto storage_class = ir::StorageClass::input;
  if (has_class) {
    const auto found = ir::find_storage_class(cursor_.peek().text);
    if (!found) return cursor_.fail("`param`, `buffer`, `state`, `optimizer` or `counter`");
    storage_class = *found;
    cursor_.next();
  }
  const ast::Name name = cursor_.expect_path();
  cursor_.expect(":");
  const ir::Type type = this->type();
  if (cursor_.panics()) return;
  const bool is_valid = ir::is_valid(type);
  if (!is_valid)
    cursor_.report(name.location, Message::tensor_too_large, type, ir::max_tensor_bytes);
  graph_.location = name.location;
  const std::optional<ir::NodeId> id =
      is_valid ? std::optional(ir::input(graph_, "", type, storage_class).id()) : std::nullopt;
  define(name, id);
}

void GraphReader::statement() {
  if (is_complete_) return cursor_.fail("`}` after `return`");
  if (cursor_.accept("return")) return returned();
  node();
}

// ---- Nodes -------------------------------------------------------------------------------------

void GraphReader::node() {
  const ast::Name name = cursor_.expect_path("the name of a value or `return`");
  cursor_.expect("=");
  Application application = this->application();
  if (name.text.empty()) return;
  define(name, cursor_.panics() ? std::nullopt : apply(std::move(application)));
}

GraphReader::Application GraphReader::application() {
  Application out;
  const ir::Location first = cursor_.location();
  // The op `return` has the spelling of a keyword, but it is no node to be named.
  out.op = cursor_.expect_path("the name of an op");
  cursor_.expect("(");
  cursor_.list(")", [&] { out.operands.push_back(cursor_.expect_path("the name of a value")); });
  cursor_.expect(")");
  out.location = cursor_.since(first);
  if (cursor_.at("{")) out.attributes = attributes();
  cursor_.expect(":");
  const ir::Location type_begin = cursor_.location();
  out.type = type();
  out.type_location = cursor_.since(type_begin);
  if (cursor_.at("{")) cursor_.braces([&] { out.bodies.push_back(GraphReader(cursor_).read()); });
  return out;
}

/// Appends the node, or reports why it cannot be.
std::optional<ir::NodeId> GraphReader::apply(Application application) {
  const ir::Op* const op = ir::find_op(application.op.text);
  if (!op || op == &ir::op::input || op == &ir::op::return_) {
    cursor_.report(application.op.location, Message::unknown_op, application.op.text);
    return std::nullopt;
  }
  std::vector<ir::Value> operands;
  for (const ast::Name& name : application.operands) {
    const auto value = find(name);
    if (!value) continue;
    operands.push_back(*value);
    const std::size_t results = result_count(value->id());
    if (results > 1 && op != &ir::op::result)
      cursor_.report(name.location, Message::several_results, name.text, results);
  }
  if (operands.size() != application.operands.size()) return std::nullopt;
  if (!check_bodies(application)) return std::nullopt;

  complete(application.attributes, *op, application.type);
  graph_.location = application.location;
  const auto value = ir::try_append(graph_, *op, operands, application.attributes,
                                    cursor_.diagnostics(), std::move(application.bodies));
  if (!value) return std::nullopt;
  if (value->type() != application.type)
    cursor_.report(application.type_location, Message::stated_type_differs, application.type,
                   value->type());
  return value->id();
}

bool GraphReader::check_bodies(const Application& application) {
  const std::vector<ir::Graph>& bodies = application.bodies;
  const auto refuse = [&](const std::string& reason) {
    cursor_.report(application.op.location, Message::unfit_body, application.op.text, reason);
    return false;
  };
  const ir::Op* op = ir::find_op(application.op.text);
  if (!op->body) return bodies.empty() || refuse("has no use: it computes what its op says");
  if (bodies.size() != 1) return refuse(bodies.empty() ? "is missing" : "is given twice");

  const ir::Graph& body = bodies.front();
  if (const auto slot = storage_in(body))
    return refuse(fmt::format("uses the storage `{}`", *slot));
  if (body.operands(ir::return_node(body)).empty()) return refuse("returns nothing");
  // Broken bodies have been reported.
  if (cursor_.diagnostics().has_errors()) return false;
  return op != &ir::op::fused || ir::compose(body) || refuse("does not fit one kernel");
}

// ---- Results -----------------------------------------------------------------------------------

/// `return loss = t1, dense.w <- t2`
void GraphReader::returned() {
  is_complete_ = true;
  const ir::Location first = cursor_.location();
  std::vector<Result> results;
  if (cursor_.at(TokenKind::name)) cursor_.list("", [&] { results.push_back(result()); });

  std::vector<ir::Value> values;
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (const Result& result : results) {
    const auto value = find(result.value);
    if (!value || result.name.text.empty()) continue;
    const std::string name = (result.commits ? "<-" : "") + result.name.text;
    if (!seen.insert(name).second)
      cursor_.report(result.name.location, Message::repeated_clause, result.name.text);
    if (result_count(value->id()) > 1)
      cursor_.report(result.value.location, Message::several_results, result.value.text,
                     result_count(value->id()));
    if (result.commits) check_commit(result.name, value->type());
    values.push_back(*value);
    names.push_back(name);
  }
  graph_.location = cursor_.since(first);
  ir::return_(graph_, values, names);
}

GraphReader::Result GraphReader::result() {
  Result result;
  result.name = cursor_.expect_path("the name of a result");
  result.commits = cursor_.accept("<-");
  if (!result.commits) cursor_.expect("=");
  result.value = cursor_.expect_path("the name of a value");
  return result;
}

/// A slot that the graph reads too keeps its type.
void GraphReader::check_commit(const ast::Name& slot, const ir::Type& type) {
  for (const ir::NodeId n : ir::inputs(graph_)) {
    const ir::Node& input = graph_[n];
    if (input.name != slot.text) continue;
    if (ir::storage_of(graph_, n) == ir::StorageClass::input)
      cursor_.report(slot.location, Message::storage_differs, slot.text, "storage", "an input");
    else if (input.type != type)
      cursor_.report(slot.location, Message::storage_differs, slot.text, type, input.type);
  }
}

// ---- Names -------------------------------------------------------------------------------------

void GraphReader::define(const ast::Name& name, std::optional<ir::NodeId> id) {
  if (id) graph_.set_name(*id, name.text);
  const auto [entry, is_new] = values_.try_emplace(name.text, Definition{name.location, id});
  if (is_new) return;
  cursor_.report(name.location, Message::repeated_clause, name.text)
      .note(entry->second.location, "first here");
}

/// Nothing for a value that was refused, or that is not there, which is reported.
std::optional<ir::Value> GraphReader::find(const ast::Name& name) {
  if (name.text.empty()) return std::nullopt;
  const auto found = values_.find(name.text);
  if (found == values_.end())
    return cursor_.report(name.location, Message::unknown_value, name.text);
  if (!found->second.id) return std::nullopt;
  return ir::Value{graph_, *found->second.id};
}

std::size_t GraphReader::result_count(ir::NodeId n) const {
  const std::vector<ir::Graph>& bodies = graph_[n].bodies;
  return bodies.empty() ? 1 : bodies[0].operands(ir::return_node(bodies[0])).size();
}

/// Names that the printer would give again are no names. All of them or none: where an author took
/// `t1`, the others would be numbered anew.
void GraphReader::forget_generated_names() {
  std::vector<std::pair<ir::NodeId, std::string>> names;
  for (const ir::NodeId n : ir::nodes(graph_)) {
    if (graph_[n].op == &ir::op::input || !looks_generated(graph_[n].name)) continue;
    names.emplace_back(n, graph_[n].name);
    graph_.set_name(n, "");
  }
  const ir::NodeMap<std::string> printed = ir::names_of(graph_);
  const bool come_back = std::ranges::all_of(
      names, [&](const auto& name) { return printed[name.first] == name.second; });
  if (come_back) return;
  for (const auto& [n, name] : names) graph_.set_name(n, name);
}

}  // namespace gradc::frontend
