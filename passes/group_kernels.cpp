#include "passes/group_kernels.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <type_traits>

#include "ir/compose.h"
#include "passes/kernel_cost.h"

namespace gradc::passes {

using ir::Graph;
using ir::NodeId;

namespace {

/// The generated code for a contraction has room for one sum, whose result the epilogue works on.
bool is_supported(const ir::Kernel& kernel) {
  return !is_contraction(kernel) || reductions(kernel) == 1;
}

std::optional<GroupKernels::Facts> facts_of(const Graph& graph, const KernelNodes& nodes) {
  const auto kernel = ir::compose(fused_body(graph, nodes).graph);
  if (!kernel) return std::nullopt;
  return GroupKernels::Facts{is_supported(*kernel), is_contraction(*kernel), bytes_moved(*kernel),
                             cost(*kernel)};
}

/// All that a group's kernel depends on, in bytes: equal keys, equal kernels.
class Key {
 public:
  Key(const Graph& graph, const KernelNodes& nodes) : graph_(graph), nodes_(nodes) {
    for (const NodeId node : nodes.members) add_member(node);
  }

  std::string take() { return std::move(bytes_); }

 private:
  void add_member(NodeId node) {
    add(reinterpret_cast<std::uintptr_t>(graph_[node].op));
    add(graph_[node].type);
    for (const auto& [name, value] : graph_[node].attributes)
      std::visit([&](const auto& held) { add(held); }, value);
    for (const ir::Use& use : graph_.operands(node)) add_operand(use.def);
    add(std::ranges::binary_search(nodes_.results, node));
  }

  /// Members and operands by number; an operand with its type when it comes for the first time.
  void add_operand(NodeId def) {
    if (const auto member = find_member(def)) {
      add('m');
      add(*member);
      return;
    }
    const auto [operand, is_new] = operands_.emplace(def, operands_.size());
    add('o');
    add(operand->second);
    if (is_new) add(graph_[def].type);
  }

  std::optional<std::size_t> find_member(NodeId node) const {
    const auto found = std::ranges::lower_bound(nodes_.members, node);
    if (found == nodes_.members.end() || *found != node) return std::nullopt;
    return static_cast<std::size_t>(found - nodes_.members.begin());
  }

  template <typename T>
    requires std::is_trivially_copyable_v<T>
  void add(const T& value) {
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    bytes_.append(bytes, sizeof value);
  }
  void add(const ir::Type& type) {
    add(type.dtype);
    add(type.shape);
  }
  void add(const std::string& text) {
    add(text.size());
    bytes_ += text;
  }
  template <typename T>
  void add(const std::vector<T>& items) {
    add(items.size());
    for (const T& item : items) add(item);
  }

  const Graph& graph_;
  const KernelNodes& nodes_;
  std::map<NodeId, std::size_t> operands_;
  std::string bytes_;
};

}  // namespace

const std::optional<GroupKernels::Facts>& GroupKernels::of(const KernelNodes& nodes) {
  const auto [entry, is_new] = known_.try_emplace(Key(graph_, nodes).take());
  if (is_new) entry->second = facts_of(graph_, nodes);
  return entry->second;
}

}  // namespace gradc::passes
