#include "ir/program.h"

#include <algorithm>

namespace gradc::ir {

namespace {

constexpr std::string_view storage_class_names[] = {"",      "param",     "buffer",
                                                    "state", "optimizer", "counter"};

template <typename T>
const T* find_by_name(const std::vector<T>& items, std::string_view name) {
  const auto found = std::ranges::find(items, name, &T::name);
  return found == items.end() ? nullptr : &*found;
}

}  // namespace

std::string_view name(StorageClass storage_class) {
  return storage_class_names[static_cast<std::size_t>(storage_class)];
}

std::optional<StorageClass> find_storage_class(std::string_view name) {
  const auto found = std::ranges::find(storage_class_names, name);
  if (found == std::end(storage_class_names) || name.empty()) return std::nullopt;
  return static_cast<StorageClass>(found - std::begin(storage_class_names));
}

const Storage* Program::find_storage(std::string_view name) const {
  return find_by_name(storage, name);
}
const Entry* Program::find_entry(std::string_view name) const {
  return find_by_name(entries, name);
}

}  // namespace gradc::ir
