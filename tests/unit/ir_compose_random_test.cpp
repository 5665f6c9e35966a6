#include <algorithm>

#include "compose_law.h"

namespace gradc::ir {
namespace {

/// A body of random ops over values of shapes [3, 4], [4], [3] and one number; whatever composes
/// must compute the same.
class RandomBody {
 public:
  explicit RandomBody(unsigned seed) : random_(seed) {
    for (const Shape& shape : {Shape{3, 4}, Shape{3, 4}, Shape{4}, Shape{3}, Shape{4, 4}})
      values_.push_back(body_.input(shape));
  }

  const Graph& grow(std::size_t ops, std::size_t results) {
    for (std::size_t i = 0; i < ops; ++i) values_.push_back(step());
    std::vector<Value> out;
    for (std::size_t i = 0; i < results; ++i) out.push_back(values_[values_.size() - 1 - i]);
    return body_.returns(out);
  }

 private:
  std::size_t draw(std::size_t count) { return random_() % count; }
  Value pick() { return values_[values_.size() - 1 - std::min(draw(values_.size()), draw(6))]; }
  Value like(Value x) {
    for (int i = 0; i < 20; ++i)
      if (const Value y = pick(); y.type() == x.type()) return y;
    return x;
  }

  Value step() {
    const Value x = pick();
    const Shape& shape = x.shape();
    switch (draw(8)) {
      case 0:
        return tanh(x);
      case 1:
        return x + like(x);
      case 2:
        return x * like(x);
      case 3:
        return max(x, like(x) * 0.5);
      case 4:
        return shape.empty() ? sin(x) : sum(x, {static_cast<std::int64_t>(draw(shape.size()))});
      case 5: {
        const Value y = like(x);
        return shape.size() == 2 ? contract(x, y, "ij,ij->i") : y - x;
      }
      case 6:
        if (shape.size() == 2) return transpose(x, {1, 0});
        if (shape.size() == 1) return broadcast(x, {3, shape[0]}, {1});
        return broadcast(x, {4}, {});
      default:
        if (shape.size() != 1) return neg(x);
        return pad(slice(x, {1}, {shape[0] - 1}, {1}), {1}, {0}, {0});
    }
  }

  std::mt19937 random_;
  Body body_;
  std::vector<Value> values_;
};

TEST(Compose, RandomBodies) {
  int fitting = 0;
  for (unsigned seed = 0; seed < 1000; ++seed) {
    RandomBody random(seed);
    const Graph& body = random.grow(1 + seed % 7, 1 + seed % 2);
    const auto kernel = compose(body);
    if (!kernel) continue;
    ++fitting;
    expect_same(*kernel, body);
    if (testing::Test::HasFailure()) FAIL() << "seed " << seed;
  }
  EXPECT_GT(fitting, 300);
}

}  // namespace
}  // namespace gradc::ir
