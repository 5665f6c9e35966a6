#include "frontend/recurrence.h"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/strong_components.hpp>
#include <boost/graph/topological_sort.hpp>
#include <iterator>
#include <map>

#include "ir/messages.h"

namespace gradc::frontend {

namespace {

using ir::Message;

using Uses = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS>;

/// An equation uses another one.
struct Edge {
  std::size_t user, used;
  const StepUse* use;
};

Uses graph_of(std::size_t equations, const std::vector<Edge>& edges) {
  Uses out(equations);
  for (const Edge& edge : edges) boost::add_edge(edge.user, edge.used, out);
  return out;
}

std::vector<std::size_t> components_of(const Uses& graph) {
  std::vector<std::size_t> out(boost::num_vertices(graph));
  boost::strong_components(graph, out.data());
  return out;
}

class Finder {
 public:
  Finder(std::span<const StepEquation> equations, ir::Diagnostics& diagnostics)
      : equations_(equations), diagnostics_(diagnostics) {
    std::map<std::string_view, std::size_t> definitions;
    for (std::size_t i = 0; i < equations.size(); ++i)
      for (const StepTarget& target : equations[i].targets) definitions.emplace(target.key, i);
    for (std::size_t user = 0; user < equations.size(); ++user)
      for (const StepUse& use : equations[user].uses)
        edges_.push_back({user, definitions.at(use.key), &use});
  }

  std::optional<std::vector<Recurrence>> find() {
    // Boost numbers a component after those that it uses: in the order of computation.
    component_ = components_of(graph_of(equations_.size(), edges_));
    std::erase_if(edges_,
                  [&](const Edge& edge) { return component_[edge.user] != component_[edge.used]; });
    std::copy_if(edges_.begin(), edges_.end(), std::back_inserter(within_a_step_),
                 [](const Edge& edge) { return edge.use->offset == 0; });
    std::vector<Recurrence> out = directed();
    report_cycles();
    if (has_failed_) return std::nullopt;

    const Uses uses = graph_of(equations_.size(), within_a_step_);
    std::vector<std::size_t> order;  // what is used comes first
    boost::topological_sort(uses, std::back_inserter(order));
    for (const std::size_t equation : order)
      out[component_[equation]].equations.push_back(equation);
    return out;
  }

 private:
  /// The recurrences with their directions, still without equations.
  std::vector<Recurrence> directed() {
    std::vector<Recurrence> out(component_.empty() ? 0 : *std::ranges::max_element(component_) + 1);
    std::vector<const Edge*> first(out.size());  // that looks back or ahead
    for (const Edge& edge : edges_) {
      if (edge.use->offset == 0) continue;
      const std::size_t number = component_[edge.user];
      const Edge*& other = first[number];
      if (!other) {
        other = &edge;
        out[number].direction = edge.use->offset < 0 ? Direction::forward : Direction::backward;
      } else if ((other->use->offset < 0) != (edge.use->offset < 0)) {
        report_both(*other, edge);
        return out;
      }
    }
    return out;
  }

  void report_both(const Edge& one, const Edge& other) {
    has_failed_ = true;
    const auto& [back, ahead] = one.use->offset < 0 ? std::pair(one, other) : std::pair(other, one);
    diagnostics_
        .report(back.use->location, Message::both_directions, back.use->text, ahead.use->text)
        .note(ahead.use->location, "the other one is here");
  }

  /// Equations that need each other at one and the same step: one message for each such group.
  void report_cycles() {
    const std::vector<std::size_t> group =
        components_of(graph_of(equations_.size(), within_a_step_));
    std::vector<bool> is_reported(equations_.size());
    for (const Edge& edge : within_a_step_) {
      if (group[edge.user] != group[edge.used] || is_reported[group[edge.user]]) continue;
      is_reported[group[edge.user]] = has_failed_ = true;
      auto report = diagnostics_.report(edge.use->location, Message::needs_itself, edge.use->text);
      for (const Edge* next : way_back(edge, group))
        report.note(next->use->location, fmt::format("by way of `{}`", next->use->text));
    }
  }

  /// The uses that lead from what is used back to the user, as few as possible.
  std::vector<const Edge*> way_back(const Edge& edge, const std::vector<std::size_t>& group) const {
    std::vector<const Edge*> reached_by(equations_.size());
    std::vector<std::size_t> reached = {edge.used};
    for (std::size_t i = 0; i < reached.size() && !reached_by[edge.user]; ++i)
      for (const Edge& next : within_a_step_) {
        const bool is_new = next.user == reached[i] && group[next.used] == group[edge.user] &&
                            next.used != edge.used && !reached_by[next.used];
        if (!is_new) continue;
        reached_by[next.used] = &next;
        reached.push_back(next.used);
      }
    std::vector<const Edge*> out;
    for (std::size_t at = edge.user; at != edge.used; at = reached_by[at]->user)
      out.push_back(reached_by[at]);
    std::ranges::reverse(out);
    return out;
  }

  std::span<const StepEquation> equations_;
  ir::Diagnostics& diagnostics_;
  std::vector<Edge> edges_;             ///< first all, then those inside a component
  std::vector<Edge> within_a_step_;     ///< those of them without an offset
  std::vector<std::size_t> component_;  ///< of each equation
  bool has_failed_ = false;
};

}  // namespace

bool StepEquation::defines(std::string_view key) const {
  return std::ranges::find(targets, key, &StepTarget::key) != targets.end();
}

std::optional<std::vector<Recurrence>> find_recurrences(std::span<const StepEquation> equations,
                                                        ir::Diagnostics& diagnostics) {
  return Finder(equations, diagnostics).find();
}

std::string step_text(const std::string& name, const std::string& step, std::int64_t offset) {
  if (offset == 0) return fmt::format("{}[{}]", name, step);
  return fmt::format("{}[{}{:+}]", name, step, offset);
}

}  // namespace gradc::frontend
