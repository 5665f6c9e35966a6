#include "ir/ops.h"

#include <algorithm>
#include <cassert>

namespace gradc::ir {

namespace {

constexpr const Op* catalogue[] = {
#define OP(name, parameters) &op::name,
#include "ir/ops.def"
#undef OP
};

constexpr std::string_view commit_mark = "<-";

}  // namespace

std::span<const Op* const> all_ops() { return catalogue; }

const Op* find_op(std::string_view name) {
  const auto found =
      std::ranges::find_if(catalogue, [&](const Op* op) { return op->name == name; });
  return found == std::end(catalogue) ? nullptr : *found;
}

StorageClass storage_of(const Graph& graph, NodeId input) {
  assert(graph[input].op == &op::input && "only inputs have a storage class");
  const auto& text = graph[input].attributes.get<std::string>("storage");
  return find_storage_class(text).value_or(StorageClass::input);
}

std::vector<ResultName> result_names(const Graph& graph) {
  std::vector<ResultName> out;
  for (const std::string& text :
       graph[return_node(graph)].attributes.get<std::vector<std::string>>("results")) {
    const bool commits = text.starts_with(commit_mark);
    out.push_back({commits ? text.substr(commit_mark.size()) : text, commits});
  }
  return out;
}

Kernel kernel_of(const Graph& graph, NodeId n) {
  std::vector<NodeId> operands;
  const Call call = call_of(graph, n, operands);
  assert(call.op.kernel && "this op has no kernel: it is a place, or composite and not expanded");
  return call.op.kernel(call);
}

}  // namespace gradc::ir
