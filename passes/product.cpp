#include "passes/product.h"

#include <tuple>

#include "ir/ops.h"

namespace gradc::passes {

std::optional<ProductLetters> product_letters(const ir::Node& node) {
  if (node.op != &ir::op::contract) return std::nullopt;
  const auto& spec = node.attributes.get<std::string>("spec");
  const auto comma = spec.find(','), arrow = spec.find("->");
  return ProductLetters{spec.substr(0, comma), spec.substr(comma + 1, arrow - comma - 1),
                        spec.substr(arrow + 2)};
}

std::string to_spec(const ProductLetters& letters) {
  return letters.a + "," + letters.b + "->" + letters.result;
}

Product::Product(ir::Value y) : a(y.operand(0)), b(y.operand(1)) {
  const ProductLetters letters = *product_letters(y.node());
  std::tie(of_a, of_b, of_result) = std::tie(letters.a, letters.b, letters.result);
}

ir::Value Product::append() const { return contract(a, b, to_spec({of_a, of_b, of_result})); }

}  // namespace gradc::passes
