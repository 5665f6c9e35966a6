#pragma once
/// Plays a memory plan through, byte by byte, and finds every read of bytes that are not (or no
/// longer) what they should be. Knows nothing of how plans are made: every byte remembers which
/// value it belongs to.
#include <fmt/format.h>

#include <algorithm>

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "ir/kernel.h"
#include "ir/ops.h"
#include "passes/plan.h"

namespace gradc::passes {

class PlanChecker {
 public:
  PlanChecker(const ir::Program& program, const ir::Graph& graph, const StorageLayout& layout,
              const Schedule& schedule, const MemoryPlan& memory)
      : program_(program), graph_(graph), layout_(layout), schedule_(schedule), memory_(memory) {}

  /// What goes wrong; empty when the plan is right.
  std::vector<std::string> run() {
    check_schedule();
    if (!problems_.empty()) return problems_;
    check_alignment();
    fill_storage();
    for (const ir::NodeId node : schedule_.order)
      if (graph_[node].op == &ir::op::fused) run_kernel(node);
    for (const Copy& copy : memory_.copies) run_copy(copy);
    check_outcomes();
    return problems_;
  }

 private:
  /// A byte: which value it belongs to, and which byte of that value it is.
  struct Owner {
    std::string value;
    std::int64_t byte;
    bool operator==(const Owner&) const = default;
  };
  using Address =
      std::tuple<Region, std::int64_t, std::int64_t>;  // region, number (for the caller's), byte

  template <typename... Arguments>
  void problem(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
    problems_.push_back(fmt::format(text, std::forward<Arguments>(arguments)...));
  }

  static bool is_callers(Region region) {
    return region == Region::input || region == Region::output;
  }
  static Address address(Place place, std::int64_t byte) {
    if (is_callers(place.region)) return {place.region, place.offset, byte};
    return {place.region, 0, place.offset + byte};
  }

  // ---- The schedule ----

  void check_schedule() {
    ir::NodeMap<int> position(graph_, -1);
    int next = 0;
    for (const ir::NodeId node : schedule_.order) {
      if (position[node] >= 0) problem("node {} is scheduled twice", ir::index(node));
      position[node] = next++;
      for (const ir::Use& use : graph_.operands(node))
        if (position[use.def] < 0) problem("node {} comes before its operand", ir::index(node));
    }
    if (schedule_.order.size() != graph_.size())
      problem("{} of {} nodes are scheduled", next, graph_.size());
    if (schedule_.order.empty() || schedule_.order.back() != return_node(graph_))
      problem("`return` is not the last");
  }

  void check_alignment() {
    for (const ir::NodeId node : nodes(graph_)) {
      const auto& place = memory_.places[node];
      if (!place || is_callers(place->region)) continue;
      if (place->offset % alignment != 0) problem("node {} is not aligned", ir::index(node));
      const std::int64_t bytes = region_bytes(place->region);
      if (place->offset < 0 || place->offset + graph_[node].type.bytes() > bytes)
        problem("node {} lies outside its region of {} bytes", ir::index(node), bytes);
    }
  }

  std::int64_t region_bytes(Region region) const {
    return region == Region::arena ? memory_.arena_bytes
                                   : layout_.bytes[static_cast<std::size_t>(region)];
  }

  // ---- Values and their bytes ----

  /// What the bytes of a node belong to: views belong to what they view.
  std::string value_of(ir::NodeId node) const {
    while (graph_[node].op == &ir::op::reshape) node = graph_.operand(node, 0);
    if (graph_[node].op == &ir::op::input) {
      const bool is_stored = storage_of(graph_, node) != ir::StorageClass::input;
      return (is_stored ? "slot " : "input ") + graph_[node].name;
    }
    return fmt::format("node {}", ir::index(node));
  }

  void own(Place place, const std::string& value, std::int64_t bytes) {
    for (std::int64_t byte = 0; byte < bytes; ++byte)
      memory_bytes_[address(place, byte)] = {value, byte};
  }

  void fill_storage() {
    for (std::size_t i = 0; i < program_.storage.size(); ++i) {
      const auto& storage = program_.storage[i];
      for (std::int64_t byte = 0; byte < storage.type.bytes(); ++byte) {
        const Address where = address(layout_.slots[i], byte);
        if (memory_bytes_.contains(where)) problem("slot `{}` overlaps another", storage.name);
        memory_bytes_[where] = {"slot " + storage.name, byte};
      }
    }
    std::int64_t number = 0;
    for (const ir::NodeId node : inputs(graph_))
      if (storage_of(graph_, node) == ir::StorageClass::input)
        own({Region::input, number++}, value_of(node), graph_[node].type.bytes());
  }

  // ---- Kernels ----

  std::vector<ir::NodeId> results_of(ir::NodeId kernel) const {
    std::vector<ir::NodeId> out;
    for (const ir::Use& use : graph_.uses(kernel))
      if (graph_[use.user].op == &ir::op::result) out.push_back(use.user);
    if (out.empty()) return {kernel};
    const auto number = [&](ir::NodeId n) {
      return graph_[n].attributes.get<std::int64_t>("index");
    };
    std::ranges::sort(out, {}, number);
    return out;
  }

  /// Every point of the loops from `first` to `last`, the last loop fastest.
  template <typename F>
  static void for_each_point(const ir::Kernel& kernel, std::size_t first, std::size_t last,
                             std::vector<std::int64_t>& point, F f) {
    if (first == last) return f();
    for (point[first] = 0; point[first] < kernel.extents[first]; ++point[first])
      for_each_point(kernel, first + 1, last, point, f);
    point[first] = 0;
  }

  /// The number of the element at a point; nothing outside, and -1 if only the running program
  /// knows.
  static std::optional<std::int64_t> element(const ir::Coordinates& coordinates,
                                             const ir::Shape& shape,
                                             const std::vector<std::int64_t>& point) {
    std::int64_t out = 0;
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      const ir::Coordinate& c = coordinates[axis];
      if (c.indirect != ir::no_scalar) return -1;
      std::int64_t at = c.affine.constant;
      for (std::size_t loop = 0; loop < point.size(); ++loop)
        at += c.affine.coefficient(loop) * point[loop];
      if (at % c.divisor != 0 || at / c.divisor < 0 || at / c.divisor >= shape[axis])
        return std::nullopt;
      out = out * shape[axis] + at / c.divisor;
    }
    return out;
  }

  void read(ir::NodeId kernel, std::uint32_t operand, std::optional<std::int64_t> number) {
    const ir::NodeId def = graph_.operand(kernel, operand);
    if (graph_[def].op == &ir::op::constant || !number) return;
    const ir::Type& type = graph_[def].type;
    const std::int64_t size = byte_size(type.dtype);
    const std::int64_t first = *number < 0 ? 0 : *number * size,
                       last = *number < 0 ? type.bytes() : first + size;
    if (!memory_.places[def]) return problem("node {} has no place", ir::index(def));
    for (std::int64_t byte = first; byte < last; ++byte) {
      const auto found = memory_bytes_.find(address(*memory_.places[def], byte));
      const Owner expected{value_of(def), byte};
      if (found != memory_bytes_.end() && found->second == expected) continue;
      return problem("node {} reads byte {} of {}, where {} is", ir::index(kernel), byte,
                     expected.value,
                     found == memory_bytes_.end() ? "nothing" : found->second.value);
    }
  }

  void write(ir::NodeId result, std::int64_t number) {
    const std::int64_t size = byte_size(graph_[result].type.dtype);
    if (!memory_.places[result]) return problem("node {} has no place", ir::index(result));
    if (memory_.places[result]->region == Region::input)
      return problem("node {} is written over an input of the caller", ir::index(result));
    for (std::int64_t byte = number * size; byte < (number + 1) * size; ++byte)
      memory_bytes_[address(*memory_.places[result], byte)] = {value_of(result), byte};
  }

  /// Point by point, as late in reading and as early in writing as generated code might be.
  void run_kernel(ir::NodeId node) {
    const ir::Kernel kernel = kernel_of(graph_, node);
    const ir::Staging staging = stage(kernel);
    const std::vector<ir::NodeId> results = results_of(node);
    int passes = staging.passes;
    for (const ir::Output& output : kernel.outputs) {
      passes = std::max(passes, staging.stage[output.value] + 1);
    }
    for (std::size_t i = 0; i < results.size(); ++i)
      if (kernel.outputs[i].accumulate)  // starts as zeros
        own(*memory_.places[results[i]], value_of(results[i]), kernel.outputs[i].type.bytes());

    std::vector<std::int64_t> point(kernel.extents.size(), 0);
    const int last_pass = last_pass_of(kernel, staging);
    const auto read_all = [&](bool varying) {
      for (ir::ScalarId i = 0; i < kernel.body.size(); ++i) {
        if (kernel.body[i].op != ir::ScalarOp::load || staging.varies[i] != varying) continue;
        const ir::Access& access =
            kernel.accesses[static_cast<std::size_t>(kernel.body[i].integer)];
        read(node, access.operand,
             element(access.coordinates, kernel.operands[access.operand].shape, point));
      }
    };
    const auto write_all = [&](bool varying, int pass) {
      for (std::size_t i = 0; i < kernel.outputs.size(); ++i) {
        const ir::Output& output = kernel.outputs[i];
        if (output.accumulate || varies(kernel, staging, output) != varying ||
            staging.stage[output.value] != pass)
          continue;
        const auto number = element(output.coordinates, output.type.shape, point);
        if (!number || *number < 0)
          problem("node {} writes outside its result", ir::index(node));
        else
          write(results[i], *number);
      }
    };
    for_each_point(kernel, 0, kernel.parallel, point, [&] {
      read_all(false);
      for (int pass = 0; pass < passes; ++pass) {
        write_all(false, pass);
        if (pass > last_pass) continue;
        read_all(false);
        for_each_point(kernel, kernel.parallel, kernel.extents.size(), point, [&] {
          read_all(true);
          write_all(true, pass);
        });
      }
      write_all(false, passes);
    });
  }

  /// Is it written inside the reduction loops?
  static bool varies(const ir::Kernel& kernel, const ir::Staging& staging,
                     const ir::Output& output) {
    for (const ir::Coordinate& c : output.coordinates)
      for (std::size_t loop = kernel.parallel; loop < kernel.extents.size(); ++loop)
        if (c.affine.coefficient(loop) != 0) return true;
    return staging.varies[output.value];
  }

  /// The last walk over the reduction loops that anything asks for.
  static int last_pass_of(const ir::Kernel& kernel, const ir::Staging& staging) {
    int last = staging.passes - 1;
    for (const ir::Output& output : kernel.outputs)
      if (varies(kernel, staging, output)) last = std::max(last, staging.stage[output.value]);
    return last;
  }

  // ---- The end ----

  void run_copy(const Copy& copy) {
    std::vector<std::optional<Owner>> bytes;
    for (std::int64_t byte = 0; byte < copy.bytes; ++byte) {
      const auto found = memory_bytes_.find(address(copy.from, byte));
      bytes.push_back(found == memory_bytes_.end() ? std::nullopt : std::optional(found->second));
    }
    for (std::int64_t byte = 0; byte < copy.bytes; ++byte) {
      const Address to = address(copy.to, byte);
      if (bytes[static_cast<std::size_t>(byte)])
        memory_bytes_[to] = *bytes[static_cast<std::size_t>(byte)];
      else
        memory_bytes_.erase(to);
    }
  }

  void expect(Place place, const std::string& value, std::int64_t bytes, const std::string& what) {
    for (std::int64_t byte = 0; byte < bytes; ++byte) {
      const auto found = memory_bytes_.find(address(place, byte));
      if (found != memory_bytes_.end() && found->second == Owner{value, byte}) continue;
      return problem("{} should end as {}, but its byte {} is {}", what, value, byte,
                     found == memory_bytes_.end() ? "nothing" : found->second.value);
    }
  }

  void check_outcomes() {
    std::map<std::string, std::string> slots;  // what each slot must hold
    for (const auto& storage : program_.storage) slots[storage.name] = "slot " + storage.name;
    std::int64_t output = 0;
    const auto names = result_names(graph_);
    for (const ir::Use& use : graph_.operands(return_node(graph_))) {
      const auto& name = names[use.slot];
      if (name.commits)
        slots[name.name] = value_of(use.def);
      else
        expect({Region::output, output++}, value_of(use.def), graph_[use.def].type.bytes(),
               "output " + name.name);
    }
    for (std::size_t i = 0; i < program_.storage.size(); ++i) {
      const auto& storage = program_.storage[i];
      expect(layout_.slots[i], slots[storage.name], storage.type.bytes(), "slot " + storage.name);
    }
  }

  const ir::Program& program_;
  const ir::Graph& graph_;
  const StorageLayout& layout_;
  const Schedule& schedule_;
  const MemoryPlan& memory_;
  std::map<Address, Owner> memory_bytes_;
  std::vector<std::string> problems_;
};

inline std::vector<std::string> check(const Plan& plan) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < plan.entries.size(); ++i) {
    const EntryPlan& entry = plan.entries[i];
    PlanChecker checker(plan.program, plan.program.entries[i].graph, plan.storage, entry.schedule,
                        entry.memory);
    for (std::string& problem : checker.run()) out.push_back(std::move(problem));
  }
  return out;
}

}  // namespace gradc::passes
