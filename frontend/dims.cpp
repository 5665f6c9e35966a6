#include "frontend/dims.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cassert>

namespace gradc::frontend {

namespace {

/// No model has a dim of more; powers of sums could.
constexpr std::size_t max_terms = 64;
constexpr std::size_t max_factors = 32;
constexpr int max_depth = 64;

std::optional<std::int64_t> checked_multiply(std::int64_t a, std::int64_t b) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
  return product;
}

std::optional<std::int64_t> checked_add(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
  return sum;
}

/// Rounded down. Empty for a division by zero, and for the one quotient that overflows.
std::optional<std::int64_t> floor_divide(std::int64_t a, std::int64_t b) {
  if (b == 0) return std::nullopt;
  if (b == -1) return checked_multiply(a, -1);
  return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
}

/// term / divisor, if that is a term.
std::optional<Term> divided(const Term& term, const Term& divisor) {
  if (divisor.coefficient == -1 || term.coefficient % divisor.coefficient != 0) return std::nullopt;
  if (!std::ranges::includes(term.factors, divisor.factors)) return std::nullopt;
  Term out{{}, term.coefficient / divisor.coefficient};
  std::ranges::set_difference(term.factors, divisor.factors, std::back_inserter(out.factors));
  return out;
}

/// The text of a sum or product as an operand of `/`.
std::string in_parentheses(const std::string& text, std::string_view operators) {
  return text.find_first_of(operators) == std::string::npos ? text : "(" + text + ")";
}
std::string quotient_text(const std::string& a, const std::string& b) {
  constexpr std::size_t longest = 60;
  std::string text = in_parentheses(a, "+-") + "/" + in_parentheses(b, "+-*/");
  return text.size() > longest ? "(...)" : text;
}

}  // namespace

Dim Dim::constant(std::int64_t value) {
  Dim dim;
  if (value != 0) dim.terms_ = {{{}, value}};
  dim.value_ = value;
  return dim;
}

Dim Dims::symbol(std::string name, std::int64_t value) {
  const AtomId atom{static_cast<std::uint32_t>(atoms_.size())};
  atoms_.push_back({.name = std::move(name), .value = value});
  Dim dim;
  dim.terms_ = {{{atom}, 1}};
  dim.value_ = value;
  return dim;
}

AtomId Dims::atom_of(const Dim& symbol) {
  assert(symbol.terms().size() == 1 && symbol.terms()[0].factors.size() == 1 &&
         "the dim is a name and nothing else");
  return symbol.terms()[0].factors[0];
}

std::optional<std::int64_t> Dims::value_of(const std::vector<Term>& terms) const {
  std::int64_t sum = 0;
  for (const Term& term : terms) {
    std::optional<std::int64_t> product = term.coefficient;
    for (const AtomId atom : term.factors)
      if (product) product = checked_multiply(*product, (*this)[atom].value);
    const auto next = product ? checked_add(sum, *product) : std::nullopt;
    if (!next) return std::nullopt;
    sum = *next;
  }
  return sum;
}

std::optional<Dim> Dims::evaluated(std::map<std::vector<AtomId>, std::int64_t> terms) const {
  std::erase_if(terms, [](const auto& term) { return term.second == 0; });
  if (terms.size() > max_terms) return std::nullopt;
  Dim dim;
  for (auto& [factors, coefficient] : terms) {
    if (factors.size() > max_factors) return std::nullopt;
    dim.terms_.push_back({factors, coefficient});
  }
  const auto value = value_of(dim.terms_);
  if (!value) return std::nullopt;
  dim.value_ = *value;
  return dim;
}

std::optional<Dim> Dims::add(const Dim& a, const Dim& b) const {
  std::map<std::vector<AtomId>, std::int64_t> terms;
  for (const Dim* dim : {&a, &b})
    for (const Term& term : dim->terms_) {
      std::int64_t& coefficient = terms[term.factors];
      const auto sum = checked_add(coefficient, term.coefficient);
      if (!sum) return std::nullopt;
      coefficient = *sum;
    }
  return evaluated(std::move(terms));
}

std::optional<Dim> Dims::subtract(const Dim& a, const Dim& b) const {
  const auto negative = multiply(b, Dim::constant(-1));
  return negative ? add(a, *negative) : std::nullopt;
}

std::optional<Dim> Dims::multiply(const Dim& a, const Dim& b) const {
  std::map<std::vector<AtomId>, std::int64_t> terms;
  for (const Term& left : a.terms_)
    for (const Term& right : b.terms_) {
      std::vector<AtomId> factors;
      std::ranges::merge(left.factors, right.factors, std::back_inserter(factors));
      std::int64_t& coefficient = terms[std::move(factors)];
      const auto product = checked_multiply(left.coefficient, right.coefficient);
      const auto sum = product ? checked_add(coefficient, *product) : std::nullopt;
      if (!sum) return std::nullopt;
      coefficient = *sum;
    }
  return evaluated(std::move(terms));
}

std::optional<Dim> Dims::product(std::span<const Dim> dims) const {
  std::optional<Dim> out = Dim::constant(1);
  for (const Dim& dim : dims)
    if (out) out = multiply(*out, dim);
  return out;
}

std::optional<Dim> Dims::divide(const Dim& a, const Dim& b) {
  if (a.is_constant() && b.is_constant()) {
    const auto value = floor_divide(a.value(), b.value());
    return value ? std::optional(Dim::constant(*value)) : std::nullopt;
  }
  if (!floor_divide(a.value(), b.value())) return std::nullopt;
  if (b.terms_.size() != 1) return quotient(a, b);
  std::map<std::vector<AtomId>, std::int64_t> terms;
  for (const Term& term : a.terms_) {
    auto part = divided(term, b.terms_.front());
    if (!part) return quotient(a, b);
    terms[std::move(part->factors)] +=
        part->coefficient;  // divided by one term, they stay distinct
  }
  return evaluated(std::move(terms));
}

Dim Dims::dim_of(AtomId atom) const {
  Dim dim;
  dim.terms_ = {{{atom}, 1}};
  dim.value_ = (*this)[atom].value;
  return dim;
}

int Dims::depth_of(const Dim& dim) const {
  int depth = 0;
  for (const Term& term : dim.terms_)
    for (const AtomId atom : term.factors) depth = std::max(depth, (*this)[atom].depth);
  return depth;
}

/// Equal quotients are one atom. One that is nested too deeply is not taken apart again.
Dim Dims::quotient(const Dim& a, const Dim& b) {
  const AtomId next{static_cast<std::uint32_t>(atoms_.size())};
  const auto [entry, is_new] = quotients_.try_emplace({a, b}, next);
  if (!is_new) return dim_of(entry->second);
  const int depth = 1 + std::max(depth_of(a), depth_of(b));
  const bool is_opaque = depth > max_depth;
  std::string name = is_opaque ? "(...)" : quotient_text(to_string(a), to_string(b));
  atoms_.push_back(
      {std::move(name), *floor_divide(a.value(), b.value()), std::nullopt, is_opaque ? 0 : depth});
  if (!is_opaque) atoms_.back().quotient = {a, b};
  return dim_of(next);
}

Dim Dims::substitute(const Dim& dim, std::map<AtomId, Dim> replacements) {
  return replace(dim, replacements);
}

Dim Dims::replace(const Dim& dim, std::map<AtomId, Dim>& replacements) {
  std::optional<Dim> sum = Dim();
  for (const Term& term : dim.terms_) {
    std::optional<Dim> product = Dim::constant(term.coefficient);
    for (const AtomId atom : term.factors)
      if (product) product = multiply(*product, replace(atom, replacements));
    sum = sum && product ? add(*sum, *product) : std::nullopt;
  }
  // Too long to write with the new names: a dim of its own, then, which equals nothing else.
  return sum ? *sum : symbol("(...)", dim.value());
}

/// Remembers what becomes of a quotient: the same one may occur many times.
Dim Dims::replace(AtomId atom, std::map<AtomId, Dim>& replacements) {
  if (const auto found = replacements.find(atom); found != replacements.end()) return found->second;
  const auto parts = (*this)[atom].quotient;
  if (!parts) return dim_of(atom);
  const auto divided =
      divide(replace(parts->first, replacements), replace(parts->second, replacements));
  return replacements[atom] = divided ? *divided : symbol("(...)", (*this)[atom].value);
}

std::string Dims::to_string(const Dim& dim) const {
  if (dim.is_constant()) return fmt::format("{}", dim.value());
  std::string out;
  const auto append = [&](const Term& term) {
    std::vector<std::string> factors;
    const bool is_negative = term.coefficient < 0;
    if (term.factors.empty() || (term.coefficient != 1 && term.coefficient != -1))
      factors.push_back(fmt::format("{}", term.coefficient).substr(is_negative ? 1 : 0));
    for (const AtomId atom : term.factors) factors.push_back((*this)[atom].name);
    out += is_negative ? "-" : out.empty() ? "" : "+";
    out += fmt::format("{}", fmt::join(factors, "*"));
  };
  // The number sorts first and reads better last: H+2.
  const bool has_number = dim.terms_.front().factors.empty();
  for (std::size_t i = has_number ? 1 : 0; i < dim.terms_.size(); ++i) append(dim.terms_[i]);
  if (has_number) append(dim.terms_.front());
  return out;
}

std::string Dims::to_string(std::span<const Dim> dims) const {
  std::vector<std::string> texts;
  for (const Dim& dim : dims) texts.push_back(to_string(dim));
  return fmt::format("[{}]", fmt::join(texts, ", "));
}

bool shares_name(const Dim& a, const Dim& b) {
  const auto names = [](const Dim& dim) {
    std::vector<AtomId> out;
    for (const Term& term : dim.terms())
      out.insert(out.end(), term.factors.begin(), term.factors.end());
    return out;
  };
  const std::vector<AtomId> others = names(b);
  return std::ranges::any_of(
      names(a), [&](AtomId atom) { return std::ranges::find(others, atom) != others.end(); });
}

std::vector<std::int64_t> shape_of(std::span<const Dim> dims) {
  std::vector<std::int64_t> shape;
  for (const Dim& dim : dims) shape.push_back(dim.value());
  return shape;
}

}  // namespace gradc::frontend
