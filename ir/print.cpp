#include "ir/print.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "ir/ops.h"

namespace gradc::ir {

namespace {

constexpr std::size_t line_width = 100;

/// `f(…)`, on one line if it fits, else with an item a line.
std::string listed(const std::string& before, const std::vector<std::string>& items,
                   const std::string& after, const std::string& indent) {
  std::string out = fmt::format("{}({}){}", before, fmt::join(items, ", "), after);
  if (indent.size() + out.size() <= line_width) return out;
  const std::string separator = ",\n" + indent + "    ";
  return fmt::format("{}(\n{}    {}){}", before, indent, fmt::join(items, separator), after);
}

/// Without what the node's type says again, and without rare attributes that have the usual value.
Attributes told_attributes(const Node& node) {
  const auto repeats_type = [&](const Attribute& value) {
    if (const auto* dtype = std::get_if<DType>(&value)) return *dtype == node.type.dtype;
    const auto* shape = std::get_if<Shape>(&value);
    return shape && *shape == node.type.shape;
  };
  const auto is_usual = [&](const std::string& name, const Attribute& value) {
    const auto spec = std::ranges::find(node.op->attributes, name, &AttributeSpec::name);
    return spec != node.op->attributes.end() && spec->is_rare && spec->default_value == value;
  };
  Attributes out;
  for (const auto& [name, value] : node.attributes) {
    const bool is_type = (name == "dtype" || name == "shape") && repeats_type(value);
    if (!is_type && !is_usual(name, value)) out.set(name, value);
  }
  return out;
}

class Printer {
 public:
  Printer(const Graph& graph, PrintOptions options, std::string indent)
      : graph_(graph), options_(options), indent_(std::move(indent)), names_(names_of(graph)) {}

  std::string print() const {
    std::vector<std::string> parameters;
    for (const NodeId n : inputs(graph_)) parameters.push_back(parameter(n));
    const std::string title = graph_.name.empty() ? "graph " : "graph " + graph_.name;
    std::string out = indent_ + listed(title, parameters, " {\n", indent_);
    for (const NodeId n : nodes(graph_))
      if (graph_[n].op != &op::input) out += indent_ + "  " + line(n) + place(n) + "\n";
    return out + indent_ + "}\n";
  }

 private:
  std::string parameter(NodeId n) const {
    const std::string_view storage = name(storage_of(graph_, n));
    return fmt::format("{}{}{}: {}", storage, storage.empty() ? "" : " ", names_[n],
                       graph_[n].type);
  }

  std::string line(NodeId n) const {
    const Node& node = graph_[n];
    if (node.op == &op::return_) return returned();
    std::vector<std::string> operands;
    for (const Use& use : graph_.operands(n)) operands.push_back(names_[use.def]);
    const std::string attributes = to_string(told_attributes(node));
    const std::string after = fmt::format("{}{} : {}{}", attributes.empty() ? "" : " ", attributes,
                                          node.type, bodies(node));
    return fmt::format("{} = {}({}){}", names_[n], node.op->name, fmt::join(operands, ", "), after);
  }

  std::string bodies(const Node& node) const {
    if (node.bodies.empty()) return {};
    std::string out = " {\n";
    for (const Graph& body : node.bodies) out += Printer(body, options_, indent_ + "    ").print();
    return out + indent_ + "  }";
  }

  std::string returned() const {
    const std::vector<ResultName> names = result_names(graph_);
    std::vector<std::string> results;
    for (const Use& use : graph_.operands(return_node(graph_))) {
      const ResultName& result = names[use.slot];
      results.push_back(
          fmt::format("{} {} {}", result.name, result.commits ? "<-" : "=", names_[use.def]));
    }
    return fmt::format("return{}{}", results.empty() ? "" : " ", fmt::join(results, ", "));
  }

  std::string place(NodeId n) const {
    if (!options_.locations || !graph_[n].location) return {};
    return "  # " + to_string(graph_[n].location);
  }

  const Graph& graph_;
  PrintOptions options_;
  std::string indent_;
  NodeMap<std::string> names_;
};

}  // namespace

NodeMap<std::string> names_of(const Graph& graph) {
  std::set<std::string_view> taken;
  for (const NodeId n : nodes(graph)) taken.insert(graph[n].name);

  NodeMap<std::string> out(graph);
  int next = 0;
  for (const NodeId n : nodes(graph)) {
    out[n] = graph[n].name;
    if (graph[n].op == &op::return_) continue;
    while (out[n].empty()) {
      std::string name = fmt::format("t{}", next++);
      if (!taken.contains(name)) out[n] = std::move(name);
    }
  }
  return out;
}

std::string to_string(const Graph& graph, PrintOptions options) {
  return Printer(graph, options, "").print();
}

std::string to_string(const Program& program, PrintOptions options) {
  std::vector<std::string> texts;
  for (const Entry& entry : program.entries) texts.push_back(to_string(entry.graph, options));
  return fmt::format("{}", fmt::join(texts, "\n"));
}

}  // namespace gradc::ir
