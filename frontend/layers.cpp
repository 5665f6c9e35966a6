#include "frontend/layers.h"

#include <algorithm>

#include "frontend/conversions.h"
#include "frontend/expressions.h"
#include "frontend/statements.h"
#include "ir/messages.h"

namespace gradc::frontend {

namespace {

/// One application: the body's fresh dims, and the caller's dims that they stand for.
struct Application {
  Elaboration& e;
  const ast::Layer& layer;
  Scope& body;
  std::map<AtomId, Dim> callers = {};

  /// A dim of the body's own for one of the caller's.
  Dim fresh(std::string name, const Dim& callers_dim) {
    Dim dim = e.dims.symbol(std::move(name), callers_dim.value());
    callers.emplace(Dims::atom_of(dim), callers_dim);
    return dim;
  }
  Dim to_caller(const Dim& dim) { return e.dims.substitute(dim, callers); }
  DimList to_caller(const DimList& dims) {
    DimList out;
    for (const Dim& dim : dims) out.push_back(to_caller(dim));
    return out;
  }
};

ir::Diagnostics::Report report_mismatch(Application& a, const ast::TensorParameter& parameter,
                                        const Value& got, Location location) {
  return a.e.report(location, Message::operand_mismatch, a.layer.name.text, parameter.name.text,
                    written_text(parameter.type.location), a.e.text(got));
}

/// A name in a signature that stands for no dim yet: it takes the one it meets.
const std::string* pattern_variable(const Application& a, const ast::Dim& dim) {
  const auto* const reference = std::get_if<ast::Reference>(&dim.extent->node);
  if (!reference || reference->name.find('.') != std::string::npos) return nullptr;
  const Value* known = find(a.body, reference->name);
  return known && known->is<Dim>() ? nullptr : &reference->name;
}

bool match_dim(Application& a, const ast::TensorParameter& parameter, const ast::Dim& pattern,
               const Dim& got, const Tensor& operand, Location location) {
  if (const std::string* variable = pattern_variable(a, pattern)) {
    a.body.names.insert_or_assign(*variable, a.fresh(*variable, got));
    return true;
  }
  const auto expected = evaluate_dim(a.e, a.body, *pattern.extent, Division::rounds_down);
  if (!expected) return false;
  const Dim callers = a.to_caller(*expected);
  if (callers == got) return true;
  report_mismatch(a, parameter, operand, location)
      .note(fmt::format("dim `{}` is already {}, here it would be {}",
                        written_text(pattern.location), a.e.text_with_value(callers),
                        a.e.text_with_value(got)));
  return false;
}

bool match_ellipsis(Application& a, const ast::TensorParameter& parameter, const ast::Dim& pattern,
                    std::span<const Dim> got, const Tensor& operand, Location location) {
  const auto known = a.body.ellipses.find(pattern.ellipsis_name);
  if (known != a.body.ellipses.end()) {
    const DimList expected = a.to_caller(known->second);
    if (std::ranges::equal(expected, got)) return true;
    report_mismatch(a, parameter, operand, location)
        .note(fmt::format("`...{}` is already {}, here it would be {}", pattern.ellipsis_name,
                          a.e.dims.to_string(expected), a.e.dims.to_string(got)));
    return false;
  }
  DimList& dims = a.body.ellipses[pattern.ellipsis_name];
  for (const Dim& dim : got) dims.push_back(a.fresh(a.e.text(dim), dim));
  return true;
}

bool match_dims(Application& a, const ast::TensorParameter& parameter, const Tensor& operand,
                Location location) {
  const std::span<const ast::Dim> patterns = parameter.type.dims;
  const std::span<const Dim> got = operand.dims;
  const auto ellipsis = std::ranges::find_if(patterns, &ast::Dim::is_ellipsis);
  const bool has_ellipsis = ellipsis != patterns.end();
  const std::size_t explicit_dims = patterns.size() - (has_ellipsis ? 1 : 0);
  if (has_ellipsis ? got.size() < explicit_dims : got.size() != explicit_dims) {
    report_mismatch(a, parameter, operand, location);
    return false;
  }
  const std::size_t covered = got.size() - explicit_dims;
  std::size_t axis = 0;
  for (const ast::Dim& pattern : patterns) {
    const bool fits =
        pattern.is_ellipsis()
            ? match_ellipsis(a, parameter, pattern, got.subspan(axis, covered), operand, location)
            : match_dim(a, parameter, pattern, got[axis], operand, location);
    if (!fits) return false;
    axis += pattern.is_ellipsis() ? covered : 1;
  }
  return true;
}

/// The operand as the body sees it: with the dims of the signature.
DimList body_dims(Application& a, const ast::TensorParameter& parameter) {
  const auto dims = evaluate_dims(a.e, a.body, parameter.type.dims);
  return dims.value_or(DimList());
}

bool bind_operand(Application& a, const ast::TensorParameter& parameter, const Argument& argument) {
  Elaboration& e = a.e;
  const auto& [name, type] = parameter;
  if (type.is_invalid) return false;  // has been reported
  if (type.is_tuple()) {
    e.report(type.location, Message::not_supported, "an operand that is a tuple");
    return false;
  }
  const ir::DType dtype = element_type(e, type.dtype);
  std::optional<Tensor> tensor;
  if (argument.value.is_static() && type.dims.empty()) {
    tensor = coerce(e, argument.value, dtype, {}, argument.location,
                    fmt::format("`{}` of `{}`", name.text, a.layer.name.text));
    if (!tensor) return false;
  } else if (argument.value.is<Tensor>() || argument.value.is<List>()) {
    tensor = to_tensor(e, argument.value, argument.location);
    if (!tensor) return false;
  }
  const bool has_type =
      tensor && (tensor->is_weak ? ir::is_float(dtype) : tensor->dtype() == dtype);
  if (!has_type) {
    report_mismatch(a, parameter, argument.value, argument.location);
    return false;
  }
  if (tensor->is_weak) tensor = cast(e, *tensor, dtype);
  if (!match_dims(a, parameter, *tensor, argument.location)) return false;
  a.body.names.insert_or_assign(name.text, Tensor{tensor->value, body_dims(a, parameter)});
  return true;
}

/// Arguments in the order of the operands.
std::optional<std::vector<const Argument*>> order_operands(Elaboration& e, const ast::Layer& layer,
                                                           const CallSite& site) {
  std::vector<const Argument*> out(layer.operands.size());
  std::size_t position = 0;
  for (const Argument& argument : site.arguments) {
    const auto found =
        argument.name.empty()
            ? layer.operands.begin() + static_cast<std::ptrdiff_t>(position)
            : std::ranges::find(layer.operands, argument.name,
                                [](const ast::TensorParameter& p) { return p.name.text; });
    if (argument.name.empty() && position++ >= layer.operands.size()) break;
    if (found == layer.operands.end())
      return e.report(argument.location, Message::unknown_argument, layer.name.text, argument.name);
    const Argument*& slot = out[static_cast<std::size_t>(found - layer.operands.begin())];
    if (slot)
      return e.report(argument.location, Message::argument_repeated, layer.name.text,
                      found->name.text);
    slot = &argument;
  }
  if (position > layer.operands.size() || std::ranges::find(out, nullptr) != out.end())
    return e.report(site.location, Message::argument_count, layer.name.text,
                    counted(out.size(), "tensor"), site.arguments.size());
  return out;
}

bool has_type(Application& a, const Tensor& result, const ast::Type& declared) {
  Elaboration& e = a.e;
  if (declared.is_invalid) return true;
  const auto dims = evaluate_dims(e, a.body, declared.dims);
  if (!dims) return false;
  const ir::DType dtype = element_type(e, declared.dtype);
  if (result.dims == *dims && result.dtype() == dtype) return true;
  e.report(declared.location, Message::result_differs, a.layer.name.text, e.text(dtype, *dims),
           e.text(result));
  return false;
}

/// A returned value with the caller's dims.
Value returned(Application& a, const Value& value, const ast::Type* declared, Location location) {
  if (value.is_poison()) return Poison{};
  auto tensor = to_strong_tensor(a.e, value, location);
  if (!tensor || (declared && !has_type(a, *tensor, *declared))) return Poison{};
  return Tensor{tensor->value, a.to_caller(tensor->dims)};
}

Value results(Application& a, const Value& value) {
  const auto* const declared = a.layer.result ? &*a.layer.result : nullptr;
  const Tuple* tuple = value.get_if<Tuple>();
  const std::size_t count = tuple ? tuple->items.size() : 1;
  const bool is_tuple = declared && declared->is_tuple();
  const Location location = a.layer.name.location;
  if (value.is_poison()) return Poison{};
  if (declared && count != (is_tuple ? declared->elements.size() : 1)) {
    a.e.report(declared->location, Message::result_differs, a.layer.name.text,
               written_text(declared->location), a.e.text(value));
    return Poison{};
  }
  if (!tuple) return returned(a, value, is_tuple ? &declared->elements[0] : declared, location);
  Tuple out;
  for (std::size_t i = 0; i < count; ++i)
    out.items.push_back(
        returned(a, tuple->items[i], declared ? &declared->elements[i] : nullptr, location));
  return out;
}

std::vector<ir::NodeId> node_ids(const Value& value) {
  std::vector<ir::NodeId> out;
  if (const Tensor* tensor = value.get_if<Tensor>()) out.push_back(tensor->value.id());
  if (const Tuple* tuple = value.get_if<Tuple>())
    for (const Value& item : tuple->items)
      if (const Tensor* tensor = item.get_if<Tensor>()) out.push_back(tensor->value.id());
  return out;
}

Value run_body(Application& a) {
  const auto value = run(a.e, a.body, a.layer.body);
  if (!value) {
    if (!a.e.has_given_up)
      a.e.report(a.layer.name.location, Message::layer_returns_nothing, a.layer.name.text);
    return Poison{};
  }
  return results(a, *value);
}

/// The dim of a body for one of its caller's; several that stand for it leave it as it is.
Dim inner_dim(Elaboration& e, const Body& body, const Dim& dim) {
  const auto stands_for_it = [&](const auto& entry) { return entry.second == dim; };
  const auto found = std::ranges::find_if(*body.callers, stands_for_it);
  const bool is_one = std::ranges::count_if(*body.callers, stands_for_it) == 1;
  return is_one ? e.dims.symbol_of(found->first) : dim;
}

/// What an instance from outside returns into a body has dims from outside: those that the body has
/// names for get them. `inner(x) + x` lines up, although `inner` was made by the caller.
Value brought_in(Elaboration& e, const Instance& instance, Value value) {
  if (Tuple* tuple = std::get_if<Tuple>(&static_cast<AnyValue&>(value)))
    for (Value& item : tuple->items) item = brought_in(e, instance, std::move(item));
  Tensor* tensor = std::get_if<Tensor>(&static_cast<AnyValue&>(value));
  if (!tensor) return value;
  for (const Body& body : e.bodies) {
    const bool is_from_outside =
        !instance.naming.path.starts_with(join(body.owner->naming.path, ""));
    if (!is_from_outside) continue;
    for (Dim& dim : tensor->dims) dim = inner_dim(e, body, dim);
  }
  return value;
}

}  // namespace

Value construct(Elaboration& e, const LayerClass& layer, const CallSite& site,
                std::string_view name) {
  const ast::Layer& declaration = *layer.declaration;
  if (!site.scope.naming || e.target) {
    e.report(site.location, Message::instance_misplaced, declaration.name.text);
    return Poison{};
  }
  if (!site.over.empty()) {
    e.report(site.over.front().location, Message::over_not_taken, declaration.name.text);
    return Poison{};
  }
  Naming& naming = *site.scope.naming;
  if (!name.empty() && !claim(e, naming, std::string(name), e.name_location)) return Poison{};
  const std::string own_name = name.empty()
                                   ? claim_ordinal(naming, declaration.name.text, site.location)
                                   : std::string(name);

  Naming& inner = e.namings.emplace_back(Naming{join(naming.path, own_name)});
  Scope& arguments = e.make_scope(layer.scope, &inner);
  if (!bind_arguments(e, declaration.name.text, declaration.parameters, site.arguments,
                      site.location, arguments))
    return Poison{};
  Instance& instance =
      e.instances.emplace_back(Instance{layer, inner, {}, e.visible(site.location)});
  for (const ast::Parameter& parameter : declaration.parameters)
    instance.arguments.emplace_back(parameter.name.text, arguments.names.at(parameter.name.text));
  return &instance;
}

Value apply(Elaboration& e, const Instance& instance, const CallSite& site) {
  const ast::Layer& layer = *instance.layer.declaration;
  if (e.wrong_definitions.contains(&layer.name)) return Poison{};
  if (e.target) {
    e.report(site.location, Message::instance_misplaced, layer.name.text);
    return Poison{};
  }
  const auto operands = order_operands(e, layer, site);
  if (!operands) return Poison{};
  if (std::ranges::any_of(*operands, [](const Argument* a) { return a->value.is_poison(); }))
    return Poison{};

  Naming& naming = e.namings.emplace_back(instance.naming);
  Application a{e, layer, e.make_scope(instance.layer.scope, &naming)};
  a.body.owner = &instance;
  for (std::size_t i = 0; i < instance.arguments.size(); ++i) {
    const auto& [name, value] = instance.arguments[i];
    const bool is_dim = layer.parameters[i].kind == ast::ParameterKind::dim && value.is<Dim>();
    a.body.names.insert_or_assign(name,
                                  is_dim ? Value(a.fresh(name, *value.get_if<Dim>())) : value);
  }
  for (std::size_t i = 0; i < operands->size(); ++i)
    if (!bind_operand(a, layer.operands[i], *(*operands)[i])) return Poison{};

  const CallFrame frame(e, layer.name.text, site.location, layer.name.location);
  if (!frame) return Poison{};
  const std::size_t first_slot = e.active->slots.size();
  const std::size_t number = e.active->applications.size();
  e.active->applications.emplace_back();
  const auto outer = std::exchange(e.application, number);
  e.bodies.push_back({&instance, &a.callers});
  Value result = run_body(a);
  e.bodies.pop_back();
  e.application = outer;
  e.active->applications[number] = node_ids(result);
  for (std::size_t i = first_slot; i < e.active->slots.size(); ++i) {
    Tensor& slot = e.active->slots[i].tensor;
    slot.dims = a.to_caller(slot.dims);
  }
  return brought_in(e, instance, std::move(result));
}

}  // namespace gradc::frontend
