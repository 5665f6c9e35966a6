// c[the letters behind the arrow] = sum over all other letters of a[…] * b[…]
//
// One op for every sum of products: "ik,kj->ij" is the matrix product, "bik,bjk->bij" a batched
// product with the second factor transposed. A letter stands in at least two of a, b and c.
#include <algorithm>

#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::ir {

namespace {

struct Spec {
  std::string a, b, c;
};

std::optional<Spec> parse(std::string_view text) {
  const auto comma = text.find(','), arrow = text.find("->");
  if (comma == std::string_view::npos || arrow == std::string_view::npos || arrow < comma)
    return std::nullopt;
  return Spec{std::string(text.substr(0, comma)),
              std::string(text.substr(comma + 1, arrow - comma - 1)),
              std::string(text.substr(arrow + 2))};
}

std::string to_string(const Spec& spec) { return spec.a + "," + spec.b + "->" + spec.c; }

bool has(const std::string& letters, char letter) {
  return letters.find(letter) != std::string::npos;
}

/// Letters only, none twice in one place, each in at least two of the three places.
bool is_well_formed(const Spec& spec) {
  for (const std::string* letters : {&spec.a, &spec.b, &spec.c})
    for (const char letter : *letters) {
      const int places = has(spec.a, letter) + has(spec.b, letter) + has(spec.c, letter);
      if (!std::isalpha(static_cast<unsigned char>(letter)) ||
          std::ranges::count(*letters, letter) != 1 || places < 2)
        return false;
    }
  return true;
}

std::optional<Type> contract_type(const Call& call, Diagnostics& diagnostics) {
  const Type& a = call.type(0);
  const Type& b = call.type(1);
  const auto& text = call.attribute<std::string>("spec");
  const auto spec = parse(text);
  if (!spec || !is_well_formed(*spec))
    return diagnostics.report(call.location, Message::contract_spec, text);
  if (spec->a.size() != a.shape.size() || spec->b.size() != b.shape.size())
    return diagnostics.report(call.location, Message::contract_rank, text, a, b);
  if (a.dtype != b.dtype || a.dtype == DType::boolean)
    return diagnostics.report(call.location, Message::operand_types_differ, "contract", a, b);

  const auto extent_in_a = [&](char letter) { return a.shape[spec->a.find(letter)]; };
  const auto extent_in_b = [&](char letter) { return b.shape[spec->b.find(letter)]; };
  for (const char letter : spec->a)
    if (has(spec->b, letter) && extent_in_a(letter) != extent_in_b(letter))
      return diagnostics.report(call.location, Message::inner_dimensions_differ, a, b,
                                extent_in_a(letter), extent_in_b(letter));
  Type c{a.dtype, {}};
  for (const char letter : spec->c)
    c.shape.push_back(has(spec->a, letter) ? extent_in_a(letter) : extent_in_b(letter));
  return c;
}

/// The gradient of a factor is a product of the same letters: dA = contract(dC, B), dB =
/// contract(A, dC).
Gradients contract_gradient(Value c, Value dc) {
  const auto [a, b] = c.operands<2>();
  const Spec spec = *parse(c.attribute<std::string>("spec"));
  return {contract(dc, b, to_string({spec.c, spec.b, spec.a})),
          contract(a, dc, to_string({spec.a, spec.c, spec.b}))};
}

/// A letter that the spec does not use.
char free_letter(const Spec& spec) {
  const std::string used = to_string(spec);
  constexpr std::string_view letters = "tsrqponmlkjihgfedcbazyxwvuTSRQPONMLKJIHGFEDCBAZYXWVU";
  return letters[letters.find_first_not_of(used)];
}

/// contract(a, b) {"ik,kj->ij"} where a has steps   →   contract(a, b) {"tik,kj->tij"}
Value contract_steps(Value y, std::span<const OfSteps> factors) {
  Spec spec = *parse(y.attribute<std::string>("spec"));
  const char step = free_letter(spec);
  if (factors[0].has_steps) spec.a.insert(spec.a.begin(), step);
  if (factors[1].has_steps) spec.b.insert(spec.b.begin(), step);
  spec.c.insert(spec.c.begin(), step);
  return contract(factors[0].value, factors[1].value, to_string(spec));
}

/// Σ over t of a[t] b[t]  is a product that sums over t, too; if only a has steps, (Σ a[t]) b.
Value sum_of_contract_steps(Value y, std::span<const OfSteps> factors) {
  Spec spec = *parse(y.attribute<std::string>("spec"));
  const auto [a, b] = std::pair(factors[0], factors[1]);
  if (!a.has_steps || !b.has_steps)
    return contract(a.has_steps ? sum(a.value, {0}) : a.value,
                    b.has_steps ? sum(b.value, {0}) : b.value, to_string(spec));
  const char step = free_letter(spec);
  spec.a.insert(spec.a.begin(), step);
  spec.b.insert(spec.b.begin(), step);
  return contract(a.value, b.value, to_string(spec));
}

}  // namespace

const Op op_contract = {
    .name = "contract",
    .doc =
        "Sum of products: `spec` names the axes of both factors and of the result, "
        "`\"ik,kj->ij\"`; letters "
        "missing from the result are summed over.",
    .operands = {"a", "b"},
    .attributes = {{"spec", AttributeKind::string}},
    .infer_type = contract_type,
    .gradient = contract_gradient,
    .kernel =
        [](const Call& call) {
          return contraction(call.attribute<std::string>("spec"), call.type(0), call.type(1),
                             *call.result);
        },
    .all_steps = contract_steps,
    .sum_of_steps = sum_of_contract_steps,
    .linear_in = {{0}, {1}},
    .examples = {{{{{DType::f64, {2, 3}}}, {{DType::f64, {3, 4}}}}, {{"spec", "ik,kj->ij"}}},
                 {{{{DType::f64, {2, 3, 5}}}, {{DType::f64, {2, 4, 5}}}},
                  {{"spec", "bik,bjk->bij"}}},
                 {{{{DType::f64, {3}}}, {{DType::f64, {4}}}}, {{"spec", "i,j->ij"}}},
                 {{{{DType::f64, {2, 3}}}, {{DType::f64, {2, 3}}}}, {{"spec", "ij,ij->"}}}},
};

Value contract(Value a, Value b, std::string spec) {
  return append(op::contract, {a, b}, {{"spec", std::move(spec)}});
}

}  // namespace gradc::ir
