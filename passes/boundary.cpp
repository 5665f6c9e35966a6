#include "passes/boundary.h"

#include <algorithm>
#include <cassert>

#include "ir/op.h"
#include "ir/ops.h"
#include "ir/scan.h"
#include "passes/buffers.h"

namespace gradc::passes {

using ir::Graph;
using ir::NodeId;
using ir::StorageClass;

namespace {

/// The `input` node that reads a storage slot; none if the graph does not read it.
std::vector<NodeId> find_slot(const Graph& graph, const std::string& slot) {
  for (const NodeId node : inputs(graph))
    if (storage_of(graph, node) != StorageClass::input && graph[node].name == slot) return {node};
  return {};
}

Place slot_place(const std::string& slot, const ir::Program& program, const StorageLayout& layout) {
  const auto found = std::ranges::find(program.storage, slot, &ir::Storage::name);
  assert(found != program.storage.end() &&
         "the storage table has every slot that a graph reads or commits");
  return layout.slots[static_cast<std::size_t>(found - program.storage.begin())];
}

}  // namespace

Boundary boundary_of_entry(const Graph& entry, const ir::Program& program,
                           const StorageLayout& layout) {
  Boundary out{ir::NodeMap<std::optional<Place>>(entry), {}};
  std::int64_t input = 0;
  for (const NodeId node : inputs(entry)) {
    const bool is_callers = storage_of(entry, node) == StorageClass::input;
    out.inputs[node] =
        is_callers ? Place{Region::input, input++} : slot_place(entry[node].name, program, layout);
  }
  std::int64_t output = 0;
  const std::vector<ir::ResultName> names = result_names(entry);
  for (const ir::Use& use : entry.operands(return_node(entry))) {
    const ir::ResultName& name = names[use.slot];
    const NodeId buffer = buffer_of(entry, use.def);
    if (name.commits)
      out.outcomes.push_back(
          {buffer, slot_place(name.name, program, layout), true, find_slot(entry, name.name)});
    else
      out.outcomes.push_back({buffer, {Region::output, output++}});
  }
  return out;
}

std::vector<History> histories(const Graph& graph, NodeId scan_node, const Boundary& boundary) {
  const Graph& body = graph[scan_node].bodies.front();
  const ir::Scan scan = scan_of(graph[scan_node].attributes);
  const auto results = result_buffers(graph, scan_node);
  const auto returned = body.operands(return_node(body));
  std::vector<bool> is_taken(returned.size());
  for (std::size_t number = 0; number < returned.size(); ++number)
    is_taken[number] = number < scan.carried || !results[number] ||
                       std::ranges::count(boundary.outcomes, *results[number], &Outcome::buffer);

  const auto take_stack_of = [&](NodeId buffer) -> std::optional<std::size_t> {
    for (std::size_t number = scan.carried; number < returned.size(); ++number) {
      if (is_taken[number] || buffer_of(body, returned[number].def) != buffer) continue;
      is_taken[number] = true;
      return number;
    }
    return std::nullopt;
  };
  std::vector<History> out;
  for (std::size_t i = 0; i < scan.carried; ++i) {
    const NodeId found = inputs(body)[scan.scanned + i], left = buffer_of(body, returned[i].def);
    if (left == found) continue;
    const History history{i, take_stack_of(found), take_stack_of(left), body[found].type.bytes()};
    if (history.before || history.after) out.push_back(history);
  }
  return out;
}

std::int64_t bytes_of_step(const Band& band, std::int64_t steps) {
  return band.bytes - (steps - 1) * band.step_bytes;
}

namespace {

/// What a step finds and leaves of the values it carries on.
class StepBoundary {
 public:
  StepBoundary(const Graph& graph, NodeId scan, const std::vector<History>& histories,
               const std::vector<Band>& bands)
      : body_(graph[scan].bodies.front()),
        scan_(scan_of(graph[scan].attributes)),
        histories_(histories),
        bands_(bands),
        results_(result_buffers(graph, scan)),
        inputs_(inputs(body_)),
        out_{ir::NodeMap<std::optional<Place>>(body_), {}} {}

  Boundary run() {
    for (std::size_t slot = 0; slot < inputs_.size(); ++slot)
      out_.inputs[inputs_[slot]] = Place{Region::input, static_cast<std::int64_t>(slot)};
    for (const Band& band : bands_) lay_out(band);
    for (const ir::Use& use : body_.operands(return_node(body_))) {
      if (use.slot < scan_.carried)
        carry(use.slot, buffer_of(body_, use.def));
      else if (results_[use.slot] && !is_in_history(use.slot) && !is_in_band(use.slot))
        out_.outcomes.push_back({buffer_of(body_, use.def), {Region::output, use.slot}});
    }
    return std::move(out_);
  }

 private:
  void lay_out(const Band& band) {
    for (const Band::Lane& lane : band.operands)
      out_.inputs[inputs_[lane.number]] = Place{Region::band, band.first + lane.offset};
    const auto returned = body_.operands(return_node(body_));
    for (const Band::Lane& lane : band.results) {
      const NodeId buffer = buffer_of(body_, returned[lane.number].def);
      out_.outcomes.push_back({buffer,
                               {Region::band, band.first + lane.offset},
                               true,
                               under(lane.offset, body_[buffer].type.bytes(), band)});
    }
  }

  /// The inputs that lie, all or in part, in these bytes of a band.
  std::vector<NodeId> under(std::int64_t offset, std::int64_t bytes, const Band& band) const {
    std::vector<NodeId> out;
    for (const Band::Lane& lane : band.operands) {
      const NodeId input = inputs_[lane.number];
      if (lane.offset < offset + bytes && offset < lane.offset + body_[input].type.bytes())
        out.push_back(input);
    }
    return out;
  }

  bool is_in_band(std::size_t result) const {
    return std::ranges::any_of(bands_, [&](const Band& band) {
      return std::ranges::count(band.results, result, &Band::Lane::number) > 0;
    });
  }

  bool is_in_history(std::size_t result) const {
    return std::ranges::any_of(histories_, [&](const History& history) {
      return history.before == result || history.after == result;
    });
  }

  void carry(std::size_t number, NodeId next) {
    const NodeId input = inputs_[scan_.scanned + number];
    const auto offset = static_cast<std::int64_t>(number);
    if (std::ranges::count(histories_, number, &History::carried) > 0) {
      out_.inputs[input] = Place{Region::before, offset};
      out_.outcomes.push_back({next, {Region::after, offset}});
      return;
    }
    Place place{Region::output, offset};
    if (!results_[number]) {
      place = {Region::arena, out_.arena_bytes};
      out_.arena_bytes += aligned(body_[input].type.bytes());
    }
    out_.inputs[input] = place;
    out_.outcomes.push_back({next, place, true, {input}});
  }

  const Graph& body_;
  const ir::Scan scan_;
  const std::vector<History>& histories_;
  const std::vector<Band>& bands_;
  const std::vector<std::optional<NodeId>> results_;
  const std::vector<NodeId> inputs_;
  Boundary out_;
};

}  // namespace

Boundary boundary_of_step(const Graph& graph, NodeId scan, const std::vector<History>& histories,
                          const std::vector<Band>& bands) {
  return StepBoundary(graph, scan, histories, bands).run();
}

}  // namespace gradc::passes
