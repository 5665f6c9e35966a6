#pragma once
/// Dims: what the axes of tensors are called, as polynomials over names.
///
/// Two dims are the same only if they are written alike: `f32[B]` and `f32[T]` differ even where B
/// and T have one value. `4*H`, `H+2*pad-k` and `D/N` are dims; so are numbers.
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gradc::frontend {

/// A named dim, or a quotient that is not a polynomial.
enum class AtomId : std::uint32_t {};

/// coefficient · product of the factors, which are sorted and may repeat.
struct Term {
  std::vector<AtomId> factors;
  std::int64_t coefficient = 0;
  auto operator<=>(const Term&) const = default;
};

/// A whole number known at compile time, together with how it came about. Numbers of the language
/// are dims without names. Terms are sorted, distinct and not zero, so equal dims are equal
/// objects.
class Dim {
 public:
  Dim() = default;  ///< zero
  static Dim constant(std::int64_t value);

  std::int64_t value() const { return value_; }
  /// Has no names in it.
  bool is_constant() const {
    return terms_.empty() || (terms_.size() == 1 && terms_.front().factors.empty());
  }
  std::span<const Term> terms() const { return terms_; }

  auto operator<=>(const Dim&) const = default;

 private:
  friend class Dims;
  std::vector<Term> terms_;
  std::int64_t value_ = 0;
};
using DimList = std::vector<Dim>;

/// The names that dims are made of, and arithmetic over them. Results that overflow or get too long
/// are empty.
class Dims {
 public:
  /// A dim different from all others, whatever they are called.
  Dim symbol(std::string name, std::int64_t value);
  std::optional<Dim> add(const Dim& a, const Dim& b) const;
  std::optional<Dim> subtract(const Dim& a, const Dim& b) const;
  std::optional<Dim> multiply(const Dim& a, const Dim& b) const;
  /// a / b, rounded down; empty also for b = 0.
  std::optional<Dim> divide(const Dim& a, const Dim& b);

  /// The product of all.
  std::optional<Dim> product(std::span<const Dim> dims) const;

  /// `dim` with other dims of the same values in the place of some names.
  Dim substitute(const Dim& dim, std::map<AtomId, Dim> replacements);

  /// As it would be written: "4*H", "(H+4)/2".
  std::string to_string(const Dim& dim) const;
  /// "[B, 4*H]"
  std::string to_string(std::span<const Dim> dims) const;
  /// The atom of a dim that is one name, and back.
  static AtomId atom_of(const Dim& symbol);
  Dim symbol_of(AtomId atom) const { return dim_of(atom); }

 private:
  struct Atom {
    std::string name;
    std::int64_t value = 0;
    /// What a quotient divides; empty for a symbol.
    std::optional<std::pair<Dim, Dim>> quotient = {};
    int depth = 0;  ///< of quotients in quotients
  };
  Dim quotient(const Dim& a, const Dim& b);
  Dim dim_of(AtomId atom) const;
  int depth_of(const Dim& dim) const;
  Dim replace(const Dim& dim, std::map<AtomId, Dim>& replacements);
  Dim replace(AtomId atom, std::map<AtomId, Dim>& replacements);
  std::optional<Dim> evaluated(std::map<std::vector<AtomId>, std::int64_t> terms) const;
  std::optional<std::int64_t> value_of(const std::vector<Term>& terms) const;
  const Atom& operator[](AtomId atom) const { return atoms_[static_cast<std::size_t>(atom)]; }

  std::vector<Atom> atoms_;
  std::map<std::pair<Dim, Dim>, AtomId> quotients_;
};

/// Is there a name that both are made of?
bool shares_name(const Dim& a, const Dim& b);

/// The axes as numbers.
std::vector<std::int64_t> shape_of(std::span<const Dim> dims);

}  // namespace gradc::frontend
