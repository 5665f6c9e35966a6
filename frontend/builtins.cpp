#include "frontend/builtins.h"

#include <algorithm>

#include "frontend/builtin_functions.h"
#include "frontend/conversions.h"
#include "frontend/expressions.h"
#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::frontend {

namespace {

constexpr int any = -1;
const Builtin builtins[] = {
    {"sum", "sum(x over B)", "The sum over the named dims, or over all.", 1, 1, true, builtin::sum},
    {"mean", "mean(x over B)", "The mean over the named dims, or over all.", 1, 1, true,
     builtin::mean},
    {"dot", "dot(a, b over K)",
     "Products summed over the named dims; other dims that both have are aligned.", 2, 2, true,
     builtin::dot},
    {"split", "split(x, 3 over D)", "Equal parts along a dim, the last one unless it is named.", 2,
     2, true, builtin::split},
    {"concat", "concat(a, b over D)", "Joined along a dim, the last one unless it is named.", 1,
     any, true, builtin::concat},
    {"stack", "stack(a, b over K)", "Joined along a new first dim.", 1, any, true, builtin::stack},
    {"slice", "slice(x, first, last, step = 1 over T)",
     "The places from `first` to before `last`, or to the end, along a dim, the last one unless it "
     "is named.",
     2, 4, true, builtin::slice},
    {"reverse", "reverse(x over T)", "The places along a dim from the last to the first.", 1, 1,
     true, builtin::reverse},
    {"transpose", "transpose(x over B, H, W, C)", "The same tensor with its dims in this order.", 1,
     1, true, builtin::transpose},
    {"exactly", "exactly(x over B, T)",
     "The same tensor, which must have these dims and no others, with its dims in this order.", 1,
     1, true, builtin::exactly},
    {"windows", "windows(x, P, K, stride = 1, dilation = 1 over H)",
     "Windows along a dim: H becomes P windows, and a new last dim K counts their elements. "
     "Several "
     "dims at once: `windows(x, P, Q, K, L over H, W)`.",
     3, any, true, builtin::windows},
    {"fold", "fold(y, H, stride = 1, dilation = 1 over P, K)",
     "The reverse of `windows`: overlapping windows are added up.", 2, any, true, builtin::fold},
    {"padded", "padded(x, 1, 1, value = 0 over H)",
     "Places before and after along a dim, which becomes `H+2`; a list says it for each dim.", 3, 4,
     true, builtin::padded},
    {"cropped", "cropped(x, 1, 1 over H)",
     "Without places before and after along a dim, which becomes `H-2`.", 3, 3, true,
     builtin::cropped},
    {"item", "item(list, 0)",
     "Element of a list, which starts again at its end; anything else is a list of one.", 2, 2,
     false, builtin::item},
    {"quotient", "quotient(H, 2)", "A whole number divided by another, rounded down.", 2, 2, false,
     builtin::quotient},
    {"one_hot", "one_hot(ids over V)", "1 at the place that each id names along a dim, else 0.", 1,
     1, true, builtin::one_hot},
    {"gather", "gather(table, ids)", "Rows of a table.", 2, 2, false, builtin::gather},
    {"flatten", "flatten(x)", "All dims but the first become one.", 1, 1, false, builtin::flatten},
    {"zeros", "zeros(B, H)", "Zeros over the dims; without dims an initialiser.", 0, any, true,
     builtin::zeros},
    {"ones", "ones(B, H)", "Ones over the dims; without dims an initialiser.", 0, any, true,
     builtin::ones},
    {"full", "full(0.5, B, H)", "One value over the dims.", 1, any, true, builtin::full},
    {"index", "index(T over B, T)", "The number of each place along a dim.", 1, 1, true,
     builtin::index},
    {"uniform", "uniform(B, H, low = 0, high = 1)",
     "Uniform random numbers; `uniform(low, high)` is an initialiser.", 0, any, true,
     builtin::uniform},
    {"normal", "normal(B, H, std = 1, mean = 0)",
     "Normal random numbers; `normal(std)` is an initialiser.", 0, any, true, builtin::normal},
    {"orthogonal", "orthogonal(gain, blocks = 4)",
     "An initialiser: a random matrix with orthonormal rows or columns, whichever are fewer; with "
     "`blocks`, so many of them side by side.",
     0, 2, false, builtin::orthogonal},
    {"eye", "eye(N, M)", "1 on the diagonal, else 0; without dims an initialiser.", 0, 2, false,
     builtin::eye},
    {"size", "size(D)", "A dim as a number, or how many elements a tensor has.", 1, 1, false,
     builtin::size},
    {"grad", "grad(loss over w)", "The gradient of a scalar with respect to the named values.", 1,
     1, true, builtin::grad},
    {"l2", "l2(\"*.w\")", "The sum of squares of the parameters whose names match.", 1, 1, false,
     builtin::l2},
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

namespace gradc::frontend::builtin {

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

}  // namespace gradc::frontend::builtin
