#pragma once
/// What the kernels of groups would be like.
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "passes/fused_body.h"

namespace gradc::passes {

/// Asked about many groups that compute the same on other operands (the steps of a sequence,
/// layers of one size), it composes the kernel of one of them.
class GroupKernels {
 public:
  explicit GroupKernels(const ir::Graph& graph) : graph_(graph) {}

  struct Facts {
    bool is_supported;    ///< by code generation
    bool is_contraction;  ///< see kernel_cost.h
    std::int64_t traffic;
    double cost;
  };
  /// Nothing if one kernel cannot compute that.
  const std::optional<Facts>& of(const KernelNodes& nodes);

 private:
  const ir::Graph& graph_;
  std::unordered_map<std::string, std::optional<Facts>> known_;  ///< by what a group computes
};

}  // namespace gradc::passes
