#include "driver/instance.h"

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <cstring>

#include "ir/messages.h"

namespace gradc::driver {

namespace {

std::size_t padded(std::int64_t size) {
  // At least one line: an empty region still has an address.
  const auto lines = (size + passes::alignment - 1) / passes::alignment;
  return static_cast<std::size_t>(std::max<std::int64_t>(lines, 1) * passes::alignment);
}

std::int64_t largest_arena(const Executable& executable) {
  std::int64_t bytes = 0;
  for (const Executable::Entry& entry : executable.entries())
    bytes = std::max(bytes, entry.arena_bytes);
  return bytes;
}

constexpr std::size_t number_of(passes::Region region) { return static_cast<std::size_t>(region); }

bool is_saved_always(ir::StorageClass storage_class) {
  return storage_class == ir::StorageClass::param || storage_class == ir::StorageClass::buffer;
}

}  // namespace

AlignedBytes::AlignedBytes(std::int64_t size)
    : size_(static_cast<std::size_t>(size)),
      bytes_(static_cast<std::byte*>(
          std::aligned_alloc(static_cast<std::size_t>(passes::alignment), padded(size)))) {
  if (bytes_) std::memset(bytes_.get(), 0, padded(size));
}

void AlignedBytes::Free::operator()(std::byte* bytes) const { std::free(bytes); }

Threads::Threads(int count) : pool_(count > 1 ? gradc_pool_create(count) : nullptr) {}

std::optional<Instance> Instance::create(const Executable& executable, const Threads& threads,
                                         ir::Diagnostics& diagnostics) {
  Instance instance(executable, threads);
  std::int64_t bytes = largest_arena(executable);
  bool has_memory = instance.arena_.data() != nullptr;
  for (std::size_t i = 0; i < instance.regions_.size(); ++i) {
    bytes += executable.plan().storage.bytes[i];
    has_memory = has_memory && instance.regions_[i].data();
  }
  if (!has_memory) return diagnostics.report({}, ir::Message::out_of_memory, bytes);
  return instance;
}

Instance::Instance(const Executable& executable, const Threads& threads)
    : executable_(&executable), threads_(&threads), arena_(largest_arena(executable)) {
  for (const std::int64_t bytes : executable.plan().storage.bytes) regions_.emplace_back(bytes);
}

void Instance::initialize(std::uint64_t seed) {
  const Executable::Entry* init = executable_->find_entry("init");
  assert(init && "every elaborated program has an entry that initialises it");
  // The counter that every random number of the model is drawn from; a model without any has none.
  const auto counter = std::ranges::find(slots(), "seed", &ir::Storage::name);
  if (counter != slots().end())
    std::memcpy(slot(static_cast<std::size_t>(counter - slots().begin())).data(), &seed,
                sizeof seed);
  call(*init, {}, {});
  const std::span<std::byte> states = regions_[number_of(passes::Region::state)].span();
  initial_states_.assign(states.begin(), states.end());
}

void Instance::call(const Executable::Entry& entry, std::span<const void* const> inputs,
                    std::span<void* const> outputs) {
  assert(inputs.size() == entry.inputs.size() && "one pointer per input");
  assert(outputs.size() == entry.outputs.size() && "one pointer per output");
  const gradc_frame frame = this->frame(inputs, outputs);
  entry.code(&frame);
}

gradc_frame Instance::frame(std::span<const void* const> inputs,
                            std::span<void* const> outputs) const {
  return {
      .parameters = regions_[number_of(passes::Region::parameters)].data(),
      .optimizer = regions_[number_of(passes::Region::optimizer)].data(),
      .state = regions_[number_of(passes::Region::state)].data(),
      .arena = arena_.data(),
      .inputs = inputs.data(),
      .outputs = outputs.data(),
      .parallel = threads_->pool() ? gradc_pool_parallel_for : nullptr,
      .pool = threads_->pool(),
  };
}

std::span<std::byte> Instance::slot(std::size_t number) {
  const std::span<const std::byte> bytes = std::as_const(*this).slot(number);
  return {const_cast<std::byte*>(bytes.data()), bytes.size()};
}

std::span<const std::byte> Instance::slot(std::size_t number) const {
  const passes::Place place = executable_->plan().storage.slots[number];
  const auto bytes = static_cast<std::size_t>(slots()[number].type.bytes());
  return regions_[number_of(place.region)].span().subspan(static_cast<std::size_t>(place.offset),
                                                          bytes);
}

ir::Tensor Instance::value(std::size_t number) const {
  ir::Tensor tensor(slots()[number].type);
  std::ranges::copy(slot(number), tensor.data());
  return tensor;
}

void Instance::reset_states() { set_states(initial_states_); }

std::vector<std::byte> Instance::states() const {
  const std::span<const std::byte> bytes = regions_[number_of(passes::Region::state)].span();
  return {bytes.begin(), bytes.end()};
}

void Instance::set_states(std::span<const std::byte> states) {
  std::ranges::copy(states, regions_[number_of(passes::Region::state)].data());
}

Safetensors Instance::save(bool everything) const {
  Safetensors out;
  for (std::size_t i = 0; i < slots().size(); ++i)
    if (everything || is_saved_always(slots()[i].storage_class))
      out.tensors.push_back({slots()[i].name, value(i)});
  out.metadata["format"] = "gradc";
  out.metadata["model"] = executable_->plan().program.name;
  return out;
}

bool Instance::load(const Safetensors& file, const std::string& name,
                    ir::Diagnostics& diagnostics) {
  for (const ir::Storage& storage : slots()) {
    const ir::Tensor* tensor = file.find(storage.name);
    if (!tensor) {
      if (is_saved_always(storage.storage_class))
        diagnostics.report(storage.location, ir::Message::weight_missing, name, storage.name);
    } else if (tensor->type() != storage.type) {
      diagnostics.report(storage.location, ir::Message::weight_type, name, storage.name,
                         tensor->type(), storage.type);
    }
  }
  if (diagnostics.has_errors()) return false;
  for (std::size_t i = 0; i < slots().size(); ++i)
    if (const ir::Tensor* tensor = file.find(slots()[i].name))
      std::ranges::copy(tensor->bytes(), slot(i).begin());
  return true;
}

void Instance::copy_from(const Instance& other) {
  for (std::size_t i = 0; i < slots().size(); ++i)
    for (std::size_t j = 0; j < other.slots().size(); ++j)
      if (slots()[i].name == other.slots()[j].name && slots()[i].type == other.slots()[j].type)
        std::ranges::copy(other.slot(j), slot(i).begin());
}

}  // namespace gradc::driver
