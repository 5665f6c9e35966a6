#include "passes/product.h"

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

}  // namespace gradc::passes
