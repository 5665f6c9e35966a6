#pragma once
/// The catalogue of ops (ops.def) as C++: an object and a constructor for each.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/op.h"
#include "ir/program.h"
#include "ir/scan.h"
#include "ir/window.h"

namespace gradc::ir {

// An op's file defines `op_exp`; everybody else says `op::exp`. (Defined as a member of namespace
// op, its formulas could not call the constructors: inside `op::exp = …`, exp would mean the object
// itself.)
// NOLINTBEGIN(bugprone-macro-parentheses): `name` is one
#define OP(name, parameters)                   \
  extern const Op op_##name;                   \
  namespace op {                               \
  inline constexpr const Op& name = op_##name; \
  }
#include "ir/ops.def"
#undef OP
// NOLINTEND(bugprone-macro-parentheses)

#define OP(name, parameters) Value name parameters;
#include "ir/ops.def"
#undef OP

/// All ops, in the order of the catalogue.
std::span<const Op* const> all_ops();
const Op* find_op(std::string_view name);

/// The storage class of an `input` node.
StorageClass storage_of(const Graph& graph, NodeId input);

/// What a `return` node calls a result. In the attribute `results` a commit is written "<-dense.w".
struct ResultName {
  std::string name;
  bool commits;  ///< a new value for the storage slot of that name
};
std::vector<ResultName> result_names(const Graph& graph);

/// The kernel a node computes; the node's op must have a kernel rule.
Kernel kernel_of(const Graph& graph, NodeId n);

}  // namespace gradc::ir
