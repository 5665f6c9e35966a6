#pragma once
/// The identities that `simplify` knows.
#include <optional>
#include <span>

#include "ir/op.h"
#include "ir/value.h"

namespace gradc::passes {

/// One identity: what a node is when it has the shape of the left-hand side, or an empty Value.
/// `op` is the op it looks at; null for any.
struct Rule {
  const ir::Op* op;
  ir::Value (*apply)(ir::Value node);
};

std::span<const Rule> arithmetic_rules();  ///< numbers: x * 1 → x
std::span<const Rule> shape_rules();       ///< where elements lie: reshape(reshape(x)) → reshape(x)
std::span<const Rule> window_rules();      ///< windows(windows(x)) → windows(x)
std::span<const Rule> constant_rules();    ///< what is known at compile time: 2 + 3 → 5

/// transpose(5)  →  5: moving equal elements changes nothing
ir::Value move_splat(ir::Value node);

/// The number that all elements of a constant have.
std::optional<double> splat_number(ir::Value value);
bool is_splat(ir::Value value, double number);

}  // namespace gradc::passes
