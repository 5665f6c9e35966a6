#include "frontend/elaboration.h"

#include <algorithm>

#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::frontend {

namespace {

/// More than any model needs, and done in a few seconds.
constexpr std::int64_t max_work = 200'000;
constexpr std::size_t max_nodes = 1'000'000;

}  // namespace

const Tensor* Building::find_slot(std::string_view name) const {
  const auto found = std::ranges::find(slots, name, &ReadSlot::name);
  return found == slots.end() ? nullptr : &found->tensor;
}

void Building::name_value(ir::Value value, std::string name) {
  if (!value.node().name.empty() || !value_names.try_emplace(name, value.id()).second) return;
  graph.set_name(value.id(), std::move(name));
}

void Building::reserve_name(const std::string& name, ir::Value value) {
  const auto [entry, is_new] = value_names.try_emplace(name, value.id());
  if (is_new) return;
  graph.set_name(entry->second, {});
  entry->second = value.id();
}

bool Elaboration::is_library(Location location) const {
  return std::ranges::find(library_sources, location.source) != library_sources.end();
}

Location Elaboration::visible(Location location) const {
  return is_library(location) && !call_sites.empty() ? call_sites.back() : location;
}

bool Elaboration::may_go_on(Location location) {
  if (has_given_up) return false;
  ++work;
  if (work <= max_work && (!active || active->graph.size() <= max_nodes)) return true;
  has_given_up = true;
  report(location, Message::model_too_large, work > max_work ? max_work : max_nodes,
         work > max_work ? "calls and statements" : "operations");
  return false;
}

std::string Elaboration::text_with_value(const Dim& dim) const {
  if (dim.is_constant()) return fmt::format("`{}`", dim.value());
  return is_rehearsal ? fmt::format("`{}`", text(dim))
                      : fmt::format("`{}` (= {})", text(dim), dim.value());
}

std::string_view written_text(Location location) {
  const std::string_view text = location.source ? std::string_view(location.source->text) : "";
  return text.substr(location.begin, location.end - location.begin);
}

const Value* find(const Scope& scope, std::string_view name) {
  for (const Scope* at = &scope; at; at = at->parent)
    if (const auto found = at->names.find(name); found != at->names.end()) return &found->second;
  return nullptr;
}

ir::DType element_type(const Elaboration& elaboration, ir::DType written) {
  return written == ir::DType::f32 ? elaboration.options.float_type : written;
}

bool asks_for_gradient(const ir::Graph& graph) {
  return std::ranges::any_of(ir::nodes(graph),
                             [&](ir::NodeId n) { return graph[n].op == &ir::op::gradient; });
}

}  // namespace gradc::frontend
