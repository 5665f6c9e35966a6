#include "frontend/builtins.h"

#include <algorithm>
#include <array>
#include <numbers>

#include "frontend/axes.h"
#include "frontend/expressions.h"
#include "frontend/operators.h"
#include "frontend/prune.h"
#include "frontend/storages.h"
#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::frontend {

namespace {

std::optional<DimList> dims_over(Elaboration& e, const CallSite& site) {
  return evaluate_dims(e, site.scope, site.over);
}

std::optional<Tensor> tensor_argument(Elaboration& e, const CallSite& site, std::size_t number) {
  return to_tensor(e, site.arguments[number].value, site.arguments[number].location);
}

Value misused(Elaboration& e, const CallSite& site, std::string_view name) {
  e.report(site.location, Message::wrong_usage, name, find_builtin(name)->usage);
  return Poison{};
}

/// Truth values and integers as reals, to be added up.
Tensor as_real(Elaboration& e, const Tensor& x) {
  return ir::is_float(x.dtype()) ? x : cast(e, x, element_type(e, ir::DType::f32));
}

// ---- reductions -----------------------------------------------------------------------------

Value reduce(Elaboration& e, const ir::Op& op, const Tensor& x, const CallSite& site) {
  if (site.over.empty()) return apply_over(e, op, x, std::nullopt, site.location);
  const auto over = dims_over(e, site);
  return over ? apply_over(e, op, x, over, site.location) : Poison{};
}

Value sum(Elaboration& e, const CallSite& site) {
  const auto x = tensor_argument(e, site, 0);
  if (!x) return Poison{};
  return reduce(e, ir::op::sum, x->dtype() == ir::DType::boolean ? as_real(e, *x) : *x, site);
}

Value mean(Elaboration& e, const CallSite& site) {
  const auto x = tensor_argument(e, site, 0);
  if (!x) return Poison{};
  const Tensor real = as_real(e, *x);
  const Value total = reduce(e, ir::op::sum, real, site);
  const Tensor* sum = total.get_if<Tensor>();
  if (!sum) return Poison{};
  const auto before = real.value.type().elements(), after = sum->value.type().elements();
  const double count = after == 0 ? 1 : static_cast<double>(before) / static_cast<double>(after);
  return apply_binary(e, ast::BinaryOperator::divide, total, Value(count), site.location);
}

// ---- products and parts ---------------------------------------------------------------------

Value dot_over(Elaboration& e, const CallSite& site) {
  const auto over = dims_over(e, site);
  if (!over) return Poison{};
  if (over->empty()) return misused(e, site, "dot");
  return dot(e, site.arguments[0].value, site.arguments[1].value, *over, site.location);
}

/// The axis that `over` names, or the last one.
std::optional<std::size_t> chosen_axis(Elaboration& e, const CallSite& site, const Tensor& x,
                                       std::string_view name) {
  if (x.dims.empty() || site.over.size() > 1) {
    misused(e, site, name);
    return std::nullopt;
  }
  if (site.over.empty()) return x.dims.size() - 1;
  const auto over = dims_over(e, site);
  const auto axes = over ? axes_of(e, x, *over, site.location) : std::nullopt;
  if (!axes || axes->size() != 1) return std::nullopt;
  return static_cast<std::size_t>(axes->front());
}

Value split(Elaboration& e, const CallSite& site) {
  const auto x = tensor_argument(e, site, 0);
  const Dim* parts = site.arguments[1].value.get_if<Dim>();
  if (!x) return Poison{};
  constexpr std::int64_t most_parts = 10'000;
  if (!parts || parts->value() < 1 || parts->value() > most_parts) return misused(e, site, "split");
  const auto axis = chosen_axis(e, site, *x, "split");
  if (!axis) return Poison{};
  const Dim& whole = x->dims[*axis];
  const auto part = e.dims.divide(whole, *parts);
  if (!part || whole.value() % parts->value() != 0) {
    e.report(site.location, Message::dim_not_divisible, e.text_with_value(whole),
             e.text_with_value(*parts));
    return Poison{};
  }
  DimList dims = x->dims;
  dims[*axis] = *part;
  std::vector<std::int64_t> starts(dims.size(), 0);
  const std::vector<std::int64_t> steps(dims.size(), 1);
  Tuple out;
  e.locate(site.location);
  for (std::int64_t i = 0; i < parts->value(); ++i) {
    starts[*axis] = i * part->value();
    out.items.emplace_back(
        Tensor{ir::slice(x->value, starts, shape_of(dims), steps), dims, x->is_weak});
  }
  return out;
}

Value concat(Elaboration& e, const CallSite& site) {
  std::vector<Tensor> parts;
  for (std::size_t i = 0; i < site.arguments.size(); ++i) {
    const auto part = tensor_argument(e, site, i);
    if (!part) return Poison{};
    parts.push_back(*part);
  }
  const bool are_weak = std::ranges::all_of(parts, &Tensor::is_weak);
  const auto axis = chosen_axis(e, site, parts.front(), "concat");
  if (!axis) return Poison{};
  DimList dims = parts.front().dims;
  std::optional<Dim> whole = Dim();
  std::vector<ir::Value> values;
  for (Tensor& part : parts) {
    if (part.is_weak && !are_weak) part = cast(e, part, element_type(e, ir::DType::f32));
    const bool has_rank = part.dims.size() == dims.size();
    if (has_rank && whole) whole = e.dims.add(*whole, part.dims[*axis]);
    DimList others = part.dims;
    if (has_rank) others[*axis] = dims[*axis];
    if (others != dims || part.dtype() != parts.front().dtype()) {
      e.report(site.location, Message::parts_differ, e.text(parts.front()), e.text(part),
               e.text_with_value(dims[*axis]));
      return Poison{};
    }
    values.push_back(part.value);
  }
  if (!whole) {
    e.report(site.location, Message::integer_overflow, "concat");
    return Poison{};
  }
  dims[*axis] = *whole;
  e.locate(site.location);
  const auto joined = ir::try_append(e.graph(), ir::op::concat, values,
                                     {{"axis", static_cast<std::int64_t>(*axis)}}, e.diagnostics);
  return joined ? Value(Tensor{*joined, dims, are_weak}) : Poison{};
}

Value gather(Elaboration& e, const CallSite& site) {
  const auto table = tensor_argument(e, site, 0), ids = tensor_argument(e, site, 1);
  if (!table || !ids) return Poison{};
  const ir::Value operands[] = {table->value, ids->value};
  const auto rows = ir::try_append(e.graph(), ir::op::gather, operands, {}, e.diagnostics);
  if (!rows) return Poison{};
  DimList dims = ids->dims;
  dims.insert(dims.end(), table->dims.begin() + 1, table->dims.end());
  return Tensor{*rows, dims};
}

/// `flatten(x)`: all axes but the first become one.
Value flatten(Elaboration& e, const CallSite& site) {
  const auto x = tensor_argument(e, site, 0);
  if (!x) return Poison{};
  if (x->dims.empty()) return misused(e, site, "flatten");
  const auto rest = e.dims.product(std::span(x->dims).subspan(1));
  if (!rest) return misused(e, site, "flatten");
  return view(e, *x, {x->dims.front(), *rest}, site.location);
}

// ---- tensors from dims ----------------------------------------------------------------------

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

Value uniform(Elaboration& e, const CallSite& site) {
  DrawOptions options{{"low", "high"}, {Value(0.0), Value(1.0)}};
  const auto type = draw_type(e, site, "uniform", options);
  if (!type) return Poison{};
  const Tensor u = draw_uniform(e, site.scope, type->dtype, type->dims);
  const auto& [low, high] = options.values;
  if (is_number(low, 0) && is_number(high, 1)) return u;
  const Value width = apply_elementwise(e, ir::op::sub, {high, low}, site.location);
  const Value scaled =
      apply_binary(e, ast::BinaryOperator::multiply, Value(u), width, site.location);
  return apply_binary(e, ast::BinaryOperator::add, scaled, low, site.location);
}

/// Two uniform numbers make a normal one (Box and Muller 1958).
Value normal(Elaboration& e, const CallSite& site) {
  DrawOptions options{{"std", "mean"}, {Value(1.0), Value(0.0)}};
  const auto type = draw_type(e, site, "normal", options);
  if (!type) return Poison{};
  const ir::Value u = draw_uniform(e, site.scope, type->dtype, type->dims).value;
  const ir::Value v = draw_uniform(e, site.scope, type->dtype, type->dims).value;
  const ir::Value radius = ir::sqrt(-2.0 * ir::log(1.0 - u));  // u may be 0, but not 1
  const Tensor z{radius * ir::cos(2.0 * std::numbers::pi * v), type->dims};
  const auto& [deviation, mean] = options.values;
  const Value scaled = is_number(deviation, 1) ? Value(z)
                                               : apply_binary(e, ast::BinaryOperator::multiply,
                                                              Value(z), deviation, site.location);
  return is_number(mean, 0)
             ? scaled
             : apply_binary(e, ast::BinaryOperator::add, scaled, mean, site.location);
}

Value size(Elaboration& e, const CallSite& site) {
  const Value& x = site.arguments[0].value;
  if (x.is<Dim>()) return x;
  const auto tensor = tensor_argument(e, site, 0);
  const auto product = tensor ? e.dims.product(tensor->dims) : std::nullopt;
  return product ? Value(*product) : Poison{};
}

// ---- the graph ------------------------------------------------------------------------------

Value grad(Elaboration& e, const CallSite& site) {
  const auto loss = tensor_argument(e, site, 0);
  if (!loss) return Poison{};
  const auto is_ellipsis = [](const ast::Dim& item) { return item.is_ellipsis(); };
  if (site.over.empty() || std::ranges::any_of(site.over, is_ellipsis))
    return misused(e, site, "grad");
  const std::vector<bool> reached = needed(e.graph(), {loss->value.id()});
  Tuple out;
  for (const ast::Dim& item : site.over) {
    const auto x = to_tensor(e, evaluate(e, site.scope, *item.extent), item.location);
    if (!x) return Poison{};
    const std::size_t node = ir::index(x->value.id());
    if (node >= reached.size() || !reached[node]) {
      e.report(item.location, Message::no_dependence,
               written_text(site.arguments[0].location), written_text(item.location));
      return Poison{};
    }
    e.locate(site.location);
    const ir::Value operands[] = {loss->value, x->value};
    const auto gradient = ir::try_append(e.graph(), ir::op::gradient, operands, {}, e.diagnostics);
    if (!gradient) return Poison{};
    out.items.emplace_back(Tensor{*gradient, x->dims});
  }
  return out.items.size() == 1 ? out.items.front() : Value(out);
}

/// The sum of squares of the parameters whose names match.
Value l2(Elaboration& e, const CallSite& site) {
  const std::string* pattern = site.arguments[0].value.get_if<std::string>();
  if (!pattern) return misused(e, site, "l2");
  Value total = Poison{};
  bool is_first = true;
  const std::vector<ReadSlot> slots = e.active->slots;
  for (const ReadSlot& slot : slots) {
    const bool is_param =
        ir::storage_of(e.graph(), slot.tensor.value.id()) == ir::StorageClass::param;
    if (!is_param || !matches(*pattern, slot.name)) continue;
    const Tensor square{slot.tensor.value * slot.tensor.value, slot.tensor.dims};
    const Value part = apply_over(e, ir::op::sum, square, std::nullopt, site.location);
    total = is_first ? part : apply_binary(e, ast::BinaryOperator::add, total, part, site.location);
    is_first = false;
  }
  if (is_first) e.report(site.location, Message::no_parameter_matches, *pattern);
  return total;
}

constexpr int any = -1;
const Builtin builtins[] = {
    {"sum", "sum(x over B)", "The sum over the named dims, or over all.", 1, 1, true, sum},
    {"mean", "mean(x over B)", "The mean over the named dims, or over all.", 1, 1, true, mean},
    {"dot", "dot(a, b over K)",
     "Products summed over the named dims; other dims that both have are aligned.", 2, 2, true,
     dot_over},
    {"split", "split(x, 3 over D)", "Equal parts along a dim, the last one unless it is named.", 2,
     2, true, split},
    {"concat", "concat(a, b over D)", "Joined along a dim, the last one unless it is named.", 1,
     any, true, concat},
    {"gather", "gather(table, ids)", "Rows of a table.", 2, 2, false, gather},
    {"flatten", "flatten(x)", "All dims but the first become one.", 1, 1, false, flatten},
    {"zeros", "zeros(B, H)", "Zeros over the dims; without dims an initialiser.", 0, any, true,
     zeros},
    {"ones", "ones(B, H)", "Ones over the dims; without dims an initialiser.", 0, any, true, ones},
    {"full", "full(0.5, B, H)", "One value over the dims.", 1, any, true, full},
    {"index", "index(T over B, T)", "The number of each place along a dim.", 1, 1, true, index},
    {"uniform", "uniform(B, H, low = 0, high = 1)",
     "Uniform random numbers; `uniform(low, high)` is an initialiser.", 0, any, true, uniform},
    {"normal", "normal(B, H, std = 1, mean = 0)",
     "Normal random numbers; `normal(std)` is an initialiser.", 0, any, true, normal},
    {"size", "size(D)", "A dim as a number, or how many elements a tensor has.", 1, 1, false, size},
    {"grad", "grad(loss over w)", "The gradient of a scalar with respect to the named values.", 1,
     1, true, grad},
    {"l2", "l2(\"*.w\")", "The sum of squares of the parameters whose names match.", 1, 1, false,
     l2},
};

/// What `fan_in` and `fan_out` count: a matrix is [in, out], a convolution [out, in, places…].
struct Fans {
  Dim in, out;
};
Fans fans(const InitialTarget& target) {
  const std::vector<std::int64_t> shape = shape_of(target.dims);
  if (shape.empty()) return {Dim::constant(1), Dim::constant(1)};
  if (shape.size() == 1) return {Dim::constant(shape[0]), Dim::constant(shape[0])};
  if (shape.size() == 2) return {Dim::constant(shape[0]), Dim::constant(shape[1])};
  std::int64_t places = 1;  // the target is a valid type: no overflow
  for (std::size_t axis = 2; axis < shape.size(); ++axis) places *= shape[axis];
  return {Dim::constant(shape[1] * places), Dim::constant(shape[0] * places)};
}

}  // namespace

const Builtin* find_builtin(std::string_view name) {
  const auto* const found = std::ranges::find(builtins, name, &Builtin::name);
  return found == std::end(builtins) ? nullptr : found;
}

std::vector<std::string_view> builtin_names() {
  std::vector<std::string_view> names;
  for (const Builtin& builtin : builtins) names.push_back(builtin.name);
  return names;
}

const ir::Op* find_function(std::string_view name) {
  const ir::Op* op = ir::find_op(name);
  return op && op->form != ir::Form::structural ? op : nullptr;
}

Value defer(Elaboration& e, Location location) {
  if (!e.may_defer)
    e.report(location, Message::initialiser_misplaced, written_text(e.visible(location)));
  e.must_defer = true;
  return Poison{};
}

Value fan_in(Elaboration& e, Location location) {
  return e.target ? Value(fans(*e.target).in) : defer(e, location);
}
Value fan_out(Elaboration& e, Location location) {
  return e.target ? Value(fans(*e.target).out) : defer(e, location);
}

}  // namespace gradc::frontend
