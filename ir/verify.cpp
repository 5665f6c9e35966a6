#include "ir/verify.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "ir/ops.h"
#include "ir/print.h"

namespace gradc::ir {

namespace {

using Problems = std::vector<std::string>;

template <typename... Arguments>
void add(Problems& problems, fmt::format_string<Arguments...> text, Arguments&&... arguments) {
  problems.push_back(fmt::format(text, std::forward<Arguments>(arguments)...));
}

/// As the grammar in print.h has it.
bool is_name(std::string_view text) {
  const auto is_letter = [](char c) {
    return std::isalpha(static_cast<unsigned char>(c)) || c == '_';
  };
  return !text.empty() && is_letter(text[0]) && std::ranges::all_of(text, [&](char c) {
    return is_letter(c) || c == '.' || (c >= '0' && c <= '9');
  });
}

class Verifier {
 public:
  explicit Verifier(const Graph& graph) : graph_(graph) {}

  Problems run() {
    check_return();
    if (!problems_.empty()) return problems_;  // the rest asks for the results
    names_ = names_of(graph_);
    check_names();
    for (const NodeId n : nodes(graph_)) check(n);
    check_results();
    return problems_;
  }

 private:
  void check_return() {
    std::size_t returns = 0;
    for (const NodeId n : nodes(graph_)) {
      if (!graph_[n].op) return add(problems_, "node {} has no op", index(n));
      returns += graph_[n].op == &op::return_;
    }
    if (returns != 1) return add(problems_, "there are {} `return` nodes, not one", returns);
    const NodeId last{static_cast<std::uint32_t>(graph_.size() - 1)};
    if (graph_[last].op != &op::return_)
      return add(problems_, "`return` is followed by other nodes");
    // Its attributes say what the results are called, which the text form needs.
    check_attributes(last, "return");
  }

  void check_names() {
    std::set<std::string_view> seen;
    for (const NodeId n : nodes(graph_)) {
      const Node& node = graph_[n];
      if (node.name.empty()) {
        if (node.op == &op::input) add(problems_, "an input has no name");
        continue;
      }
      if (!is_name(node.name)) add(problems_, "`{}` is not a name", node.name);
      if (!seen.insert(node.name).second) add(problems_, "two nodes are called `{}`", node.name);
    }
  }

  void check(NodeId n) {
    const std::size_t before = problems_.size();
    check_operands(n);
    check_attributes(n, names_[n]);
    check_bodies(n);
    // A type rule may rely on all of that.
    if (problems_.size() == before) check_type(n);
  }

  void check_operands(NodeId n) {
    const Op& op = *graph_[n].op;
    const auto operands = graph_.operands(n);
    if (!accepts(op, operands.size()))
      add(problems_, "`{}`: `{}` does not take {} operands", names_[n], op.name, operands.size());
    for (const Use& use : operands) {
      if (use.def >= n) add(problems_, "`{}` uses a node that comes after it", names_[n]);
      if (graph_[use.def].op == &op::return_) add(problems_, "`{}` uses `return`", names_[n]);
      if (result_count(use.def) > 1 && &op != &op::result)
        add(problems_, "`{}` has several results, but `{}` does not say which it reads",
            names_[use.def], names_[n]);
    }
  }

  void check_attributes(NodeId n, std::string_view name) {
    const Op& op = *graph_[n].op;
    const Attributes& given = graph_[n].attributes;
    for (const AttributeSpec& spec : op.attributes) {
      const Attribute* value = given.find(spec.name);
      if (!value)
        add(problems_, "`{}` lacks the attribute `{}`", name, spec.name);
      else if (kind_of(*value) != spec.kind)
        add(problems_, "`{}`: the attribute `{}` is not {}", name, spec.name, describe(spec.kind));
    }
    for (const auto& [attribute, value] : given)
      if (std::ranges::find(op.attributes, attribute, &AttributeSpec::name) == op.attributes.end())
        add(problems_, "`{}`: `{}` has no attribute `{}`", name, op.name, attribute);
  }

  void check_bodies(NodeId n) {
    const Node& node = graph_[n];
    const std::size_t expected = node.op->body ? 1 : 0;
    if (node.bodies.size() != expected)
      add(problems_, "`{}` has {} bodies, not {}", names_[n], node.bodies.size(), expected);
    for (const Graph& body : node.bodies) {
      const Problems inside = verify(body);
      for (const std::string& problem : inside) add(problems_, "in `{}`: {}", names_[n], problem);
      if (inside.empty()) check_body(n, body);
    }
  }

  /// A body touches no storage. What it takes is a matter of the type rule.
  void check_body(NodeId n, const Graph& body) {
    for (const NodeId input : inputs(body))
      if (storage_of(body, input) != StorageClass::input)
        add(problems_, "in `{}`: the input `{}` reads storage", names_[n], body[input].name);
    for (const ResultName& result : result_names(body))
      if (result.commits) add(problems_, "in `{}`: `{}` is committed", names_[n], result.name);
    if (body.operands(return_node(body)).empty())
      add(problems_, "`{}`: the body has no result", names_[n]);
  }

  void check_type(NodeId n) {
    const Node& node = graph_[n];
    std::vector<NodeId> operands;
    Call call = call_of(graph_, n, operands);
    call.result = nullptr;
    Diagnostics diagnostics;
    const std::optional<Type> inferred = node.op->infer_type(call, diagnostics);
    if (!inferred) return add(problems_, "`{}`: {}", names_[n], diagnostics.all().front().text);
    if (*inferred != node.type)
      add(problems_, "`{}` has the type {} but should have {}", names_[n], node.type, *inferred);
    if (!is_valid(node.type)) add(problems_, "`{}` is too large: {}", names_[n], node.type);
    const std::string* storage =
        node.op == &op::input ? &node.attributes.get<std::string>("storage") : nullptr;
    if (storage && !storage->empty() && !find_storage_class(*storage))
      add(problems_, "`{}`: there is no storage class `{}`", names_[n], *storage);
  }

  void check_results() {
    std::set<std::string> outputs, commits;
    for (const ResultName& result : result_names(graph_)) {
      if (!is_name(result.name)) add(problems_, "the result name `{}` is not a name", result.name);
      if (!(result.commits ? commits : outputs).insert(result.name).second)
        add(problems_, "two results are called `{}`", result.name);
    }
    if (graph_.operands(return_node(graph_)).size() != result_names(graph_).size()) return;
    for (const Use& use : graph_.operands(return_node(graph_))) check_commit(use);
  }

  /// A slot that is also read keeps its type.
  void check_commit(const Use& use) {
    const ResultName result = result_names(graph_)[use.slot];
    if (!result.commits) return;
    for (const NodeId input : inputs(graph_)) {
      const Node& node = graph_[input];
      if (node.name != result.name) continue;
      if (node.attributes.get<std::string>("storage").empty())
        add(problems_, "`{}` is committed but is not storage", result.name);
      else if (node.type != graph_[use.def].type)
        add(problems_, "`{}` is {} but is committed as {}", result.name, node.type,
            graph_[use.def].type);
    }
  }

  std::size_t result_count(NodeId n) const {
    const std::vector<Graph>& bodies = graph_[n].bodies;
    if (bodies.empty() || bodies[0].size() == 0) return 1;
    return bodies[0].operands(NodeId{static_cast<std::uint32_t>(bodies[0].size() - 1)}).size();
  }

  const Graph& graph_;
  NodeMap<std::string> names_{graph_};
  Problems problems_;
};

// ---- Programs ----------------------------------------------------------------------------------

template <typename T>
void check_distinct(const std::vector<T>& items, std::string_view what, Problems& problems) {
  std::set<std::string_view> seen;
  for (const T& item : items)
    if (!seen.insert(item.name).second) add(problems, "two {} are called `{}`", what, item.name);
}

/// The slots an entry reads and writes are in the table, as it believes them to be.
void check_storage(const Program& program, const Entry& entry, Problems& problems) {
  const Graph& graph = entry.graph;
  std::vector<std::string> given;
  for (const NodeId n : inputs(graph)) {
    const Node& node = graph[n];
    const StorageClass storage_class = storage_of(graph, n);
    if (storage_class == StorageClass::input) {
      given.push_back(node.name);
      continue;
    }
    const Storage* storage = program.find_storage(node.name);
    if (!storage)
      add(problems, "`{}` reads `{}`, which is not in the storage table", entry.name, node.name);
    else if (storage->storage_class != storage_class || storage->type != node.type)
      add(problems, "`{}` reads `{}` as {} {} but it is {} {}", entry.name, node.name,
          name(storage_class), node.type, name(storage->storage_class), storage->type);
  }
  for (const Use& use : graph.operands(return_node(graph))) {
    const ResultName result = result_names(graph)[use.slot];
    if (!result.commits) continue;
    const Storage* storage = program.find_storage(result.name);
    if (!storage)
      add(problems, "`{}` writes `{}`, which is not in the storage table", entry.name, result.name);
    else if (storage->type != graph[use.def].type)
      add(problems, "`{}` writes {} to `{}`, which is {}", entry.name, graph[use.def].type,
          result.name, storage->type);
  }
  if (!std::ranges::equal(given, entry.inputs, {}, {}, &EntryInput::name))
    add(problems, "`{}`: the table of inputs differs from the graph's", entry.name);
}

}  // namespace

std::vector<std::string> verify(const Graph& graph) { return Verifier(graph).run(); }

std::vector<std::string> verify(const Program& program) {
  Problems problems;
  check_distinct(program.storage, "storage slots", problems);
  check_distinct(program.entries, "entries", problems);
  for (const Entry& entry : program.entries) {
    const Problems inside = verify(entry.graph);
    for (const std::string& problem : inside) add(problems, "{}: {}", entry.name, problem);
    if (inside.empty()) check_storage(program, entry, problems);
  }
  return problems;
}

}  // namespace gradc::ir
