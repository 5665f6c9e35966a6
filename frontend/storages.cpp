#include "frontend/storages.h"

#include <algorithm>

#include "frontend/builtins.h"
#include "frontend/calls.h"
#include "frontend/conversions.h"
#include "frontend/expressions.h"
#include "frontend/statements.h"
#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::frontend {

namespace {

constexpr ir::DType counter_type = ir::DType::i64;

ir::StorageClass storage_class(const Elaboration& e, ast::StorageKind kind) {
  using enum ast::StorageKind;
  if (e.optimized) return ir::StorageClass::optimizer;
  return kind == param    ? ir::StorageClass::param
         : kind == buffer ? ir::StorageClass::buffer
                          : ir::StorageClass::state;
}

/// While it lives, nodes go to the graph of `init`, and initialisers know what they are for.
class Initialising {
 public:
  Initialising(Elaboration& e, const InitialTarget& target)
      : elaboration_(e),
        active_(std::exchange(e.active, &e.initialisation)),
        target_(std::exchange(e.target, &target)) {}
  ~Initialising() {
    elaboration_.active = active_;
    elaboration_.target = target_;
  }
  Initialising(const Initialising&) = delete;
  Initialising& operator=(const Initialising&) = delete;

 private:
  Elaboration& elaboration_;
  Building* active_;
  const InitialTarget* target_;
};

/// `~ glorot_uniform` is the function, called without arguments.
Value initial_value(Elaboration& e, const Scope& scope, const ast::Expr& initial) {
  const Value value = evaluate(e, scope, initial);
  const bool is_function = value.is<Function>() || value.is<const Builtin*>();
  return is_function ? call(e, value, {scope, initial.location, {}}) : value;
}

void initialise(Elaboration& e, const SlotRequest& request) {
  const InitialTarget target{request.name, request.dtype, request.dims};
  const Initialising initialising(e, target);
  e.locate(request.location);
  std::optional<Tensor> value;
  if (request.initial) {
    const Value written = initial_value(e, *request.scope, *request.initial);
    value = coerce(e, written, request.dtype, request.dims, request.initial->location,
                   fmt::format("the initial value of `{}`", request.name));
  } else {
    value = filled(e, request.dtype, request.dims, 0);
  }
  if (value) e.initial_values.insert_or_assign(request.name, value->value);
}

/// Is the slot that is there the one that is asked for?
bool agrees(Elaboration& e, const ir::Storage& slot, const SlotRequest& request) {
  const ir::Type type{request.dtype, shape_of(request.dims)};
  const bool is_same = slot.storage_class == request.storage_class && slot.type == type;
  const bool is_same_origin =
      e.origins[request.name] == SlotOrigin{request.location, request.owner};
  if (is_same && is_same_origin) return true;
  const auto describe = [](ir::StorageClass storage_class, const ir::Type& of) {
    return fmt::format("a {} {}", ir::name(storage_class), of);
  };
  auto report =
      e.report(request.location, Message::storage_differs, request.name,
               describe(request.storage_class, type),
               describe(slot.storage_class, slot.type) + (is_same ? " of another instance" : ""));
  if (e.is_specialised)
    report.note("this export is made `with` other dims, but parameters are shared");
  else if (!is_same_origin)
    report.note("two instances get this name; bind them to variables, which name them");
  return false;
}

std::optional<ir::Storage> new_slot(Elaboration& e, const SlotRequest& request) {
  const ir::Type type{request.dtype, shape_of(request.dims)};
  if (!ir::is_valid(type))
    return e.report(request.location, Message::tensor_too_large, type, ir::max_tensor_bytes);
  return ir::Storage{request.name, request.storage_class, type, e.visible(request.location), {}};
}

/// A stream of another shape has states of its own: the name of the slot, if the request is about
/// such a stream. The entry that comes first gives it its name, and those with its shape share it.
std::optional<std::string> other_stream(Elaboration& e, const SlotRequest& request) {
  if (!e.is_specialised || request.storage_class != ir::StorageClass::state) return std::nullopt;
  const auto has_slot = [&](const std::string& name) {
    const ir::Storage* slot = e.model.program.find_storage(name);
    return slot && slot->type.shape == shape_of(request.dims);
  };
  if (!e.model.program.find_storage(request.name) || has_slot(request.name)) return std::nullopt;
  for (const ir::Entry& entry : e.model.program.entries)
    if (const std::string name = join(entry.name, request.name); has_slot(name)) return name;
  return join(e.entry_name, request.name);
}

}  // namespace

std::optional<Tensor> read_slot(Elaboration& e, const SlotRequest& request) {
  if (const auto other = other_stream(e, request)) {
    SlotRequest own = request;
    own.name = *other;
    return read_slot(e, own);
  }
  const ir::Storage* known = e.model.program.find_storage(request.name);
  if (known && !agrees(e, *known, request)) return std::nullopt;
  if (!known) {
    auto slot = new_slot(e, request);
    if (!slot) return std::nullopt;
    e.model.program.storage.push_back(std::move(*slot));
    e.origins[request.name] = {request.location, request.owner};
    if (request.name != seed_slot) initialise(e, request);
  }
  if (const Tensor* tensor = e.active->find_slot(request.name))
    return Tensor{tensor->value, request.dims};
  e.locate(request.location);
  const ir::Value value = ir::input(e.graph(), request.name,
                                    {request.dtype, shape_of(request.dims)}, request.storage_class);
  e.active->reserve_name(request.name, value);
  e.active->slots.push_back({request.name, {value, request.dims}});
  return Tensor{value, request.dims};
}

void declare_storage(Elaboration& e, Scope& scope, const ast::Storage& storage) {
  const ast::Name& name = storage.name;
  scope.names.insert_or_assign(name.text, Poison{});
  if (!scope.naming || !claim(e, *scope.naming, name.text, name.location)) return;
  if (storage.type && (storage.type->is_invalid || storage.type->is_tuple())) {
    if (storage.type->is_tuple())
      e.report(storage.type->location, Message::not_supported, "storage that is a tuple");
    return;
  }
  const auto dims = storage.type  ? evaluate_dims(e, scope, storage.type->dims)
                    : e.optimized ? std::optional(e.optimized->dims)
                                  : std::nullopt;
  if (!dims) return;
  const ir::DType dtype = storage.type ? element_type(e, storage.type->dtype) : e.optimized->dtype;
  if (storage.kind == ast::StorageKind::param && !ir::is_float(dtype)) {
    e.report(storage.type->location, Message::param_not_real, name.text, e.text(dtype, *dims));
    return;
  }
  const SlotRequest request{.name = join(scope.naming->path, name.text),
                            .storage_class = storage_class(e, storage.kind),
                            .dtype = dtype,
                            .dims = *dims,
                            .initial = storage.initial.get(),
                            .scope = &scope,
                            .location = name.location,
                            .owner = scope.owner ? scope.owner->location : Location()};
  const auto tensor = read_slot(e, request);
  if (!tensor) return;
  const std::string& slot = tensor->value.node().name;
  scope.names.insert_or_assign(name.text, *tensor);
  if (storage.kind != ast::StorageKind::param)
    scope.slots.insert_or_assign(name.text, ReadSlot{slot, *tensor});
}

void update_storage(Elaboration& e, const Scope& scope, const ast::Update& update) {
  const Value value = evaluate(e, scope, *update.value);
  const auto slot = scope.slots.find(update.name.text);
  if (slot == scope.slots.end()) {
    const Value* known = find(scope, update.name.text);
    if (known && known->is_poison()) return;
    e.report(update.name.location, Message::not_updatable, update.name.text);
    return;
  }
  const Tensor& old = slot->second.tensor;
  const auto coerced = coerce(e, value, old.dtype(), old.dims, update.value->location,
                              fmt::format("the new value of `{}`", update.name.text));
  if (coerced) e.active->updates.push_back({slot->second.name, *coerced, e.application});
}

Value storage_reference(Elaboration& e, const Scope& scope, std::string_view name,
                        Location location) {
  const auto dot = name.find('.');
  const Value* owner = find(scope, name.substr(0, dot));
  if (owner && owner->is_poison()) return Poison{};
  const Instance* const* instance = owner ? owner->get_if<const Instance*>() : nullptr;
  const std::string slot = instance ? join((*instance)->naming.path, name.substr(dot + 1))
                                    : join(scope.naming ? scope.naming->path : "", name);
  if (const Tensor* tensor = e.active->find_slot(slot)) return *tensor;
  std::vector<std::string> candidates;
  for (const ReadSlot& known : e.active->slots) candidates.push_back(known.name);
  auto report = e.report(location, Message::unknown_storage, slot);
  if (const Tensor* tensor = owner ? owner->get_if<Tensor>() : nullptr)
    report.note(fmt::format("`{}` is a tensor, {}; its dims have names, and `size({})` is a number",
                            name.substr(0, dot), e.text(*tensor),
                            tensor->dims.empty() ? "x" : e.text(tensor->dims.front())));
  if (const auto meant = nearest(slot, candidates))
    report.note(fmt::format("there is `{}`", *meant));
  return Poison{};
}

ir::Value read_counter(Elaboration& e, const std::string& slot) {
  const auto counter = read_slot(e, {.name = slot,
                                     .storage_class = ir::StorageClass::counter,
                                     .dtype = counter_type,
                                     .dims = {}});
  assert(counter && "the names of counters are not open to instances");
  return counter->value;
}

Value step_number(Elaboration& e, Location location) {
  if (e.active->counter.empty() || !e.is_training) {
    e.report(location, Message::step_unknown);
    return Poison{};
  }
  e.locate(location);
  const ir::Value done = read_counter(e, e.active->counter);
  return Tensor{ir::cast(done + 1, ir::DType::f64), {}, true};
}

Tensor draw_uniform(Elaboration& e, const Scope& scope, ir::DType dtype, const DimList& dims) {
  Building& building = *e.active;
  const std::string path = e.target ? e.target->slot : scope.naming ? scope.naming->path : "";
  const std::string place = fmt::format("{}#{}", path, building.draws[path]++);
  constexpr std::int64_t last_site = 0x7fffffff;
  std::int64_t site = stable_hash(place);
  while (!building.sites.insert(site).second) site = site == last_site ? 0 : site + 1;
  const ir::Value seed = read_counter(e, std::string(seed_slot));
  ir::Value step = building.counter.empty() ? ir::splat(building.graph, {counter_type, {}}, 0)
                                            : read_counter(e, building.counter);
  // Every step of a `seq` draws numbers of its own.
  for (const StepNumber& inner : e.step_numbers)
    if (&inner.number.graph() == &building.graph)
      step = step * static_cast<double>(inner.steps) + ir::cast(inner.number, counter_type);
  return {ir::random(seed, step, {dtype, shape_of(dims)}, site), dims};
}

}  // namespace gradc::frontend
