#include "driver/train/order.h"

#include <algorithm>

#include "ir/ops.h"

namespace gradc::driver {

bool carries_stream(const ir::Program& program, std::string_view step) {
  const ir::Entry* entry = program.find_entry(step);
  return entry && std::ranges::any_of(result_names(entry->graph), [&](const auto& result) {
           const ir::Storage* slot = result.commits ? program.find_storage(result.name) : nullptr;
           return slot && slot->storage_class == ir::StorageClass::state;
         });
}

std::vector<std::int64_t> in_streams(std::int64_t count, std::int64_t rows) {
  const std::int64_t batches = rows == 0 ? 0 : count / rows;
  std::vector<std::int64_t> order;
  for (std::int64_t batch = 0; batch < batches; ++batch)
    for (std::int64_t row = 0; row < rows; ++row) order.push_back(row * batches + batch);
  return order;
}

}  // namespace gradc::driver
