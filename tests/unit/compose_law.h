#pragma once
/// The law of composition: the one kernel that a body becomes computes what the body computes.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "ir/compose.h"
#include "ir/evaluate.h"
#include "ir/ops.h"

namespace gradc::ir {

inline Type f64(Shape shape) { return {DType::f64, std::move(shape)}; }

/// A body under construction: `body.input({4, 8})`, then ops, then `body.returns({y})`.
class Body {
 public:
  Value input(Shape shape, DType dtype = DType::f64) {
    return ir::input(graph_, fmt::format("x{}", inputs(graph_).size()), {dtype, std::move(shape)},
                     StorageClass::input);
  }
  Value number(Shape shape, double value) { return splat(graph_, f64(std::move(shape)), value); }
  Graph& graph() { return graph_; }
  const Graph& returns(std::vector<Value> values) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < values.size(); ++i) names.push_back(fmt::format("r{}", i));
    return_(graph_, values, names);
    return graph_;
  }

 private:
  Graph graph_;
};

inline Tensor random_tensor(const Type& type, std::mt19937& random) {
  Tensor out(type);
  for (std::int64_t i = 0; i < out.size(); ++i) {
    if (is_float(type.dtype))
      out.set_real(i, static_cast<double>(random() % 4001) / 1000 - 2);
    else
      out.set_integer(i, static_cast<std::int64_t>(random() % 5));
  }
  return out;
}

inline bool is_close(const Tensor& a, const Tensor& b) {
  if (a.type() != b.type()) return false;
  for (std::int64_t i = 0; i < a.size(); ++i) {
    const double x = a.real(i), y = b.real(i);
    if (std::isnan(x) && std::isnan(y)) continue;
    if (std::abs(x - y) > 1e-11 * (1 + std::abs(x))) return false;
  }
  return true;
}

/// The kernel computes what the body computes.
inline void expect_same(const Kernel& kernel, const Graph& body) {
  std::mt19937 random(7);
  std::vector<Tensor> tensors;
  for (const NodeId n : inputs(body)) tensors.push_back(random_tensor(body[n].type, random));
  std::vector<const Tensor*> operands;
  for (const Tensor& tensor : tensors) operands.push_back(&tensor);
  const std::vector<Tensor> expected = evaluate(body, tensors);
  const std::vector<Tensor> actual = evaluate(kernel, operands);
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i)
    EXPECT_TRUE(is_close(actual[i], expected[i])) << "result " << i << " of\n" << to_string(kernel);
}

}  // namespace gradc::ir
