#include "frontend/recurrence.h"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/strong_components.hpp>
#include <boost/graph/topological_sort.hpp>
#include <iterator>

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

class Finder {
 public:
  Finder(std::span<const StepEquation> equations, const std::string& step,
         ir::Diagnostics& diagnostics)
      : equations_(equations),
        step_(step),
        diagnostics_(diagnostics),
        component_(equations.size()) {
    for (std::size_t user = 0; user < equations.size(); ++user)
      for (const StepUse& use : equations[user].uses) {
        const auto used = std::ranges::find_if(
            equations, [&](const StepEquation& other) { return other.defines(use.name); });
        edges_.push_back({user, static_cast<std::size_t>(used - equations.begin()), &use});
      }
  }

  std::optional<std::vector<Recurrence>> find() {
    const Uses uses = graph([](const Edge&) { return true; });
    const int count = boost::strong_components(uses, component_.data());
    // Boost numbers a component after those that it uses: in the order of computation.
    std::vector<Recurrence> out;
    for (int number = 0; number < count; ++number) {
      auto recurrence = component(number);
      if (recurrence) out.push_back(std::move(*recurrence));
    }
    if (static_cast<int>(out.size()) != count) return std::nullopt;
    return out;
  }

 private:
  bool is_inside(const Edge& edge, int number) const {
    return component_[edge.user] == number && component_[edge.used] == number;
  }

  template <typename Keep>
  Uses graph(Keep keep) const {
    Uses out(equations_.size());
    for (const Edge& edge : edges_)
      if (keep(edge)) boost::add_edge(edge.user, edge.used, out);
    return out;
  }

  std::optional<Recurrence> component(int number) {
    const auto direction = direction_of(number);
    if (!direction || has_cycle_within_a_step(number)) return std::nullopt;
    std::vector<std::size_t> order;
    const Uses inside =
        graph([&](const Edge& edge) { return edge.use->offset == 0 && is_inside(edge, number); });
    boost::topological_sort(inside, std::back_inserter(order));  // what is used comes first
    std::erase_if(order, [&](std::size_t equation) { return component_[equation] != number; });
    return Recurrence{order, *direction};
  }

  std::optional<Direction> direction_of(int number) {
    const Edge* back = nullptr;
    const Edge* ahead = nullptr;
    for (const Edge& edge : edges_) {
      if (!is_inside(edge, number) || edge.use->offset == 0) continue;
      (edge.use->offset < 0 ? back : ahead) = &edge;
    }
    if (back && ahead) {
      diagnostics_
          .report(back->use->location, Message::both_directions,
                  step_text(back->use->name, step_, back->use->offset),
                  step_text(ahead->use->name, step_, ahead->use->offset))
          .note(ahead->use->location, "the other one is here");
      return std::nullopt;
    }
    return back ? Direction::forward : ahead ? Direction::backward : Direction::none;
  }

  /// Equations of the component that need each other at one and the same step.
  bool has_cycle_within_a_step(int number) {
    const Uses inside =
        graph([&](const Edge& edge) { return edge.use->offset == 0 && is_inside(edge, number); });
    std::vector<int> cycles(equations_.size());
    boost::strong_components(inside, cycles.data());
    for (const Edge& first : edges_) {
      if (first.use->offset != 0 || !is_inside(first, number)) continue;
      if (cycles[first.user] != cycles[first.used]) continue;
      report_cycle(first, cycles);
      return true;
    }
    return false;
  }

  void report_cycle(const Edge& first, const std::vector<int>& cycles) {
    auto report = diagnostics_.report(first.use->location, Message::needs_itself,
                                      step_text(first.use->name, step_, 0));
    for (const Edge& edge : edges_)
      if (&edge != &first && edge.use->offset == 0 && cycles[edge.user] == cycles[first.user] &&
          cycles[edge.used] == cycles[first.user])
        report.note(edge.use->location, "by way of this use");
  }

  std::span<const StepEquation> equations_;
  const std::string& step_;
  ir::Diagnostics& diagnostics_;
  std::vector<Edge> edges_;
  std::vector<int> component_;
};

}  // namespace

bool StepEquation::defines(std::string_view name) const {
  return std::ranges::any_of(equation->targets,
                             [&](const ast::Target& target) { return target.name.text == name; });
}

std::optional<std::vector<Recurrence>> find_recurrences(std::span<const StepEquation> equations,
                                                        const std::string& step,
                                                        ir::Diagnostics& diagnostics) {
  return Finder(equations, step, diagnostics).find();
}

std::string step_text(const std::string& name, const std::string& step, std::int64_t offset) {
  if (offset == 0) return fmt::format("{}[{}]", name, step);
  return fmt::format("{}[{}{:+}]", name, step, offset);
}

}  // namespace gradc::frontend
