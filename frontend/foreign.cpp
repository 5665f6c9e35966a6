#include "frontend/foreign.h"

#include <algorithm>
#include <iterator>

namespace gradc::frontend {

namespace {

struct Foreign {
  std::string_view written, hint;
};

constexpr std::string_view conjunction = "conditions are joined with `and(a, b)`";
constexpr std::string_view disjunction = "conditions are joined with `or(a, b)`";
constexpr std::string_view negation = "the opposite of a condition is `not(a)`";
constexpr std::string_view naming = "a value gets a name with `y = ...`";
constexpr std::string_view function = "functions are written `fn f(x) = ...`";
constexpr std::string_view layer =
    "layers are written `layer Name()(x: f32[B, I]) -> f32[B, I] { ... }`";
constexpr std::string_view loop = "loops are written `for i in 0..3 { ... }`";

constexpr Foreign words[] = {
    {"&&", conjunction},
    {"&", conjunction},
    {"and", conjunction},
    {"||", disjunction},
    {"|", disjunction},
    {"or", disjunction},
    {"!", negation},
    {"not", negation},
    {"'", "strings stand in double quotes"},
    {"/", "comments start with `#`"},
    {"*", "powers are written `x^2`"},
    {":", "a part of a tensor is taken with `slice(x, first, last over T)`"},
    {"True", "write `true`"},
    {"False", "write `false`"},
    {"None", "there are no missing values; conditions are `true` or `false`"},
    {"let", naming},
    {"var", naming},
    {"const", naming},
    {"val", naming},
    {"def", function},
    {"func", function},
    {"function", function},
    {"lambda", function},
    {"class", layer},
    {"module", layer},
    {"while", loop},
    {"range", loop},
    {"elif", "write `else if`"},
    {"float", "write `f32`"},
    {"float32", "write `f32`"},
    {"double", "write `f64`"},
    {"float64", "write `f64`"},
    {"int", "write `i32`"},
    {"int32", "write `i32`"},
    {"int64", "write `i64`"},
    {"matmul", "products are written `x @ w`, or `dot(a, b over K)`"},
    {"reshape", "write `x as [B, N, K]`"},
    {"where", "write `select(condition, a, b)`"},
    {"detach", "write `stop(x)`"},
    {"stop_gradient", "write `stop(x)`"},
    {"stop_grad", "write `stop(x)`"},
};

}  // namespace

std::string_view hint_for(std::string_view written) {
  const auto* const found = std::ranges::find(words, written, &Foreign::written);
  return found == std::end(words) ? std::string_view() : found->hint;
}

}  // namespace gradc::frontend
