#include "driver/bench/inputs.h"

#include <cstring>

#include "driver/bench/index_bounds.h"
#include "driver/random.h"
#include "ir/messages.h"
#include "ir/ops.h"
#include "ir/program.h"

namespace gradc::driver {

namespace {

template <typename T, typename Draw>
void fill_with(std::span<std::byte> bytes, const Draw& draw) {
  for (std::size_t i = 0; i + sizeof(T) <= bytes.size(); i += sizeof(T)) {
    const T value = static_cast<T>(draw());
    std::memcpy(&bytes[i], &value, sizeof value);
  }
}

}  // namespace

void fill(std::span<std::byte> bytes, const ir::Type& type, std::int64_t bound, std::uint64_t seed,
          std::uint64_t input) {
  Random random(seed, input);
  const auto real = [&] { return 2 * random.unit() - 1; };
  const auto whole = [&] { return random.below(static_cast<std::uint64_t>(bound)); };
  const auto bit = [&] { return random.below(2); };
  switch (type.dtype) {
    case ir::DType::f32:
      return fill_with<float>(bytes, real);
    case ir::DType::f64:
      return fill_with<double>(bytes, real);
    case ir::DType::i32:
      return fill_with<std::int32_t>(bytes, whole);
    case ir::DType::i64:
      return fill_with<std::int64_t>(bytes, whole);
    case ir::DType::u8:
      return fill_with<std::uint8_t>(bytes, whole);
    case ir::DType::boolean:
      return fill_with<std::uint8_t>(bytes, bit);
  }
}

void* MadeUpCall::add(const ir::Type& type) { return memory_.emplace_back(type.bytes()).data(); }

std::optional<MadeUpCall> MadeUpCall::create(const Executable::Entry& entry, const ir::Graph& graph,
                                             std::uint64_t seed, ir::Diagnostics& diagnostics) {
  MadeUpCall call;
  const std::vector<std::int64_t> bounds = index_bounds(graph);
  const std::vector<ir::NodeId> nodes = ir::inputs(graph);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (ir::storage_of(graph, nodes[i]) != ir::StorageClass::input) continue;
    const ir::Type& type = graph[nodes[i]].type;
    void* memory = call.add(type);
    if (!memory) return diagnostics.report({}, ir::Message::out_of_memory, type.bytes());
    fill(call.memory_.back().span(), type, bounds[i], seed, call.inputs_.size());
    call.inputs_.push_back(memory);
  }
  for (const Port& port : entry.outputs) {
    void* memory = call.add(port.type);
    if (!memory) return diagnostics.report({}, ir::Message::out_of_memory, port.type.bytes());
    call.outputs_.push_back(memory);
  }
  return call;
}

}  // namespace gradc::driver
