#include "passes/place.h"

namespace gradc::passes {

using ir::StorageClass;

namespace {

constexpr Region region_of(StorageClass storage_class) {
  switch (storage_class) {
    case StorageClass::param:
    case StorageClass::buffer:
      return Region::parameters;
    case StorageClass::state:
      return Region::state;
    case StorageClass::optimizer:
    case StorageClass::counter:
      return Region::optimizer;
    case StorageClass::input:
      break;
  }
  return Region::input;
}

}  // namespace

StorageLayout lay_out_storage(const ir::Program& program) {
  StorageLayout out;
  for (const ir::Storage& storage : program.storage) {
    const Region region = region_of(storage.storage_class);
    std::int64_t& bytes = out.bytes[static_cast<std::size_t>(region)];
    out.slots.push_back({region, bytes});
    bytes += aligned(storage.type.bytes());
  }
  return out;
}

}  // namespace gradc::passes
