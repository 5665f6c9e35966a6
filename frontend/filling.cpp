#include "frontend/builtin_functions.h"

#include <algorithm>
#include <array>
#include <numbers>

#include "frontend/builtins.h"
#include "frontend/conversions.h"
#include "frontend/operators.h"
#include "frontend/storages.h"
#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::frontend::builtin {

namespace {

bool are_dims(std::span<const Argument> arguments) {
  return std::ranges::all_of(arguments, [](const Argument& argument) {
    const Dim* dim = argument.value.get_if<Dim>();
    return argument.name.empty() && dim && dim->value() >= 0;
  });
}

/// The type of what is made: that of the target in an initialiser; else f32 over the dims that are
/// given, as arguments or behind `over`. Nothing if no dims are given.
struct Made {
  ir::DType dtype;
  DimList dims;
};
std::optional<Made> made(Elaboration& e, const CallSite& site,
                         std::span<const Argument> positional) {
  if (e.target) return Made{e.target->dtype, e.target->dims};
  Made out{element_type(e, ir::DType::f32), {}};
  const auto over = dims_over(e, site);
  if (!over) return std::nullopt;
  out.dims = *over;
  if (site.over.empty())
    for (const Argument& argument : positional) out.dims.push_back(*argument.value.get_if<Dim>());
  if (!ir::is_valid({out.dtype, shape_of(out.dims)}))
    return e.report(site.location, Message::tensor_too_large, e.text(out.dtype, out.dims),
                    ir::max_tensor_bytes);
  return out;
}

Value same_everywhere(Elaboration& e, const CallSite& site, std::string_view name, double number) {
  const bool has_dims = !site.arguments.empty() || !site.over.empty();
  if (!has_dims && !e.target) return defer(e, site.location);
  if (!are_dims(site.arguments) || (e.target && has_dims)) return misused(e, site, name);
  const auto type = made(e, site, site.arguments);
  return type ? Value(filled(e, type->dtype, type->dims, number)) : Poison{};
}

/// The options of a draw: `low`, `high`, `std`, `mean`. In an initialiser they may stand by
/// position.
struct DrawOptions {
  std::array<std::string_view, 2> names;
  std::array<Value, 2> values;
};

/// Takes named options out of the arguments; false if there are others.
bool take_options(const CallSite& site, DrawOptions& options, std::vector<Argument>& dims) {
  for (const Argument& argument : site.arguments) {
    const auto option = std::ranges::find(options.names, argument.name);
    if (argument.name.empty()) {
      dims.push_back(argument);
    } else if (option == options.names.end()) {
      return false;
    } else {
      options.values[static_cast<std::size_t>(option - options.names.begin())] = argument.value;
    }
  }
  return true;
}

/// What kind of draw is this? With dims it is a tensor, else an initialiser.
std::optional<Made> draw_type(Elaboration& e, const CallSite& site, std::string_view name,
                              DrawOptions& options) {
  std::vector<Argument> positional;
  if (!take_options(site, options, positional)) {
    misused(e, site, name);
    return std::nullopt;
  }
  const bool has_dims = !site.over.empty() || (!positional.empty() && are_dims(positional));
  if (!e.target && !has_dims) {
    defer(e, site.location);
    return std::nullopt;
  }
  if (e.target || !site.over.empty()) {
    const bool fits = positional.size() <= options.values.size();
    if (!fits) misused(e, site, name);
    if (!fits) return std::nullopt;
    for (std::size_t i = 0; i < positional.size(); ++i) options.values[i] = positional[i].value;
    positional.clear();
  }
  return made(e, site, positional);
}

bool is_number(const Value& value, double number) {
  return value.number() && *value.number() == number;
}

/// Two uniform numbers make a normal one (Box and Muller 1958).
Tensor draw_normal(Elaboration& e, const Scope& scope, const Made& type) {
  const ir::Value u = draw_uniform(e, scope, type.dtype, type.dims).value;
  const ir::Value v = draw_uniform(e, scope, type.dtype, type.dims).value;
  const ir::Value radius = ir::sqrt(-2.0 * ir::log(1.0 - u));  // u may be 0, but not 1
  return {radius * ir::cos(2.0 * std::numbers::pi * v), type.dims};
}

}  // namespace

Value zeros(Elaboration& e, const CallSite& site) { return same_everywhere(e, site, "zeros", 0); }
Value ones(Elaboration& e, const CallSite& site) { return same_everywhere(e, site, "ones", 1); }

/// `full(value, dims…)`
Value full(Elaboration& e, const CallSite& site) {
  const auto rest = std::span(site.arguments).subspan(1);
  if (rest.empty() && site.over.empty() && !e.target) return defer(e, site.location);
  if (!are_dims(rest)) return misused(e, site, "full");
  const auto type = made(e, site, rest);
  if (!type) return Poison{};
  const auto tensor = coerce(e, site.arguments[0].value, type->dtype, type->dims, site.location,
                             "the value of `full`");
  return tensor ? Value(*tensor) : Poison{};
}

/// The index along the first argument, in a tensor over `over` or over that dim alone.
Value index(Elaboration& e, const CallSite& site) {
  const Dim* dim = site.arguments[0].value.get_if<Dim>();
  if (!dim) return misused(e, site, "index");
  const auto over = dims_over(e, site);
  if (!over) return Poison{};
  const DimList dims = over->empty() ? DimList{*dim} : *over;
  const auto axis = std::ranges::find(dims, *dim);
  if (axis == dims.end()) return misused(e, site, "index");
  const ir::Value operands[] = {ir::Value()};
  const auto numbers = ir::try_append(e.graph(), ir::op::iota, std::span(operands, 0),
                                      {{"dtype", ir::DType::i32},
                                       {"shape", shape_of(dims)},
                                       {"axis", std::int64_t{axis - dims.begin()}}},
                                      e.diagnostics);
  return numbers ? Value(Tensor{*numbers, dims}) : Poison{};
}

Value uniform(Elaboration& e, const CallSite& site) {
  DrawOptions options{{"low", "high"}, {Value(0.0), Value(1.0)}};
  const auto type = draw_type(e, site, "uniform", options);
  if (!type) return Poison{};
  const Tensor u = draw_uniform(e, site.scope, type->dtype, type->dims);
  const auto& [low, high] = options.values;
  if (is_number(low, 0) && is_number(high, 1)) return u;
  const Value width = apply_binary(e, ast::BinaryOperator::subtract, high, low, site.location);
  const Value scaled =
      apply_binary(e, ast::BinaryOperator::multiply, Value(u), width, site.location);
  return apply_binary(e, ast::BinaryOperator::add, scaled, low, site.location);
}

Value normal(Elaboration& e, const CallSite& site) {
  DrawOptions options{{"std", "mean"}, {Value(1.0), Value(0.0)}};
  const auto type = draw_type(e, site, "normal", options);
  if (!type) return Poison{};
  const Tensor z = draw_normal(e, site.scope, *type);
  const auto& [deviation, mean] = options.values;
  const Value scaled = is_number(deviation, 1) ? Value(z)
                                               : apply_binary(e, ast::BinaryOperator::multiply,
                                                              Value(z), deviation, site.location);
  return is_number(mean, 0)
             ? scaled
             : apply_binary(e, ast::BinaryOperator::add, scaled, mean, site.location);
}

/// A random matrix with orthonormal rows or columns, whichever are fewer (Saxe et al. 2014): that
/// of a normal one. The first axis is the rows, all others are the columns; each of the `blocks`
/// has its share of the last axis.
Value orthogonal(Elaboration& e, const CallSite& site) {
  if (!e.target) return defer(e, site.location);
  DrawOptions options{{"gain", "blocks"}, {Value(1.0), Value(Dim::constant(1))}};
  std::vector<Argument> positional;
  if (!take_options(site, options, positional)) return misused(e, site, "orthogonal");
  if (!positional.empty()) options.values[0] = positional[0].value;
  const auto& [gain, count] = options.values;
  const Made type{e.target->dtype, e.target->dims};
  const Dim* blocks = count.get_if<Dim>();
  const bool fits = positional.size() <= 1 && blocks && blocks->value() >= 1 &&
                    type.dims.size() >= 2 && type.dims.back().value() % blocks->value() == 0;
  if (!fits) return misused(e, site, "orthogonal");

  ir::Shape shape = shape_of(type.dims);
  shape.back() /= blocks->value();
  const std::int64_t rows = shape[0], elements = ir::Type{type.dtype, shape}.elements();
  const Made block{type.dtype, {type.dims.front(), Dim::constant(rows == 0 ? 0 : elements / rows)}};
  std::vector<ir::Value> factors;
  for (std::int64_t i = 0; i < blocks->value(); ++i)
    factors.push_back(
        ir::reshape(ir::orthogonalize(draw_normal(e, site.scope, block).value), shape));
  const bool is_one = factors.size() == 1;
  const Tensor factor{is_one ? factors[0] : ir::concat(factors, std::ssize(shape) - 1), type.dims};
  return is_number(gain, 1)
             ? Value(factor)
             : apply_binary(e, ast::BinaryOperator::multiply, Value(factor), gain, site.location);
}

/// 1 where both indices are equal, else 0.
Value eye(Elaboration& e, const CallSite& site) {
  if (site.arguments.empty() && !e.target) return defer(e, site.location);
  if (!are_dims(site.arguments) || (e.target && !site.arguments.empty()))
    return misused(e, site, "eye");
  const auto type = made(e, site, site.arguments);
  if (!type) return Poison{};
  if (type->dims.size() != 2) return misused(e, site, "eye");
  const ir::Type numbers{ir::DType::i32, shape_of(type->dims)};
  const ir::Value row = ir::iota(e.graph(), numbers, 0), column = ir::iota(e.graph(), numbers, 1);
  return Tensor{ir::cast(ir::eq(row, column), type->dtype), type->dims};
}

}  // namespace gradc::frontend::builtin
