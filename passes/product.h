#pragma once
/// Products taken apart.
#include <optional>
#include <string>

#include "ir/value.h"

namespace gradc::passes {

/// A letter for each axis of the factors and of the result: "ab,bc->ac".
struct ProductLetters {
  std::string a, b, result;
};
/// Nothing if the node is no product.
std::optional<ProductLetters> product_letters(const ir::Node& node);

std::string to_spec(const ProductLetters& letters);

/// A product taken apart: a letter for each axis.
struct Product {
  ir::Value a, b;
  std::string of_a, of_b, of_result;

  explicit Product(ir::Value y);
  ir::Value append() const;
};

}  // namespace gradc::passes
