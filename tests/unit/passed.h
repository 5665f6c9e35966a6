#pragma once
/// One pass on one graph, and how far apart values are.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "ir/print.h"
#include "ir/tensor.h"
#include "ir/verify.h"
#include "passes/pass.h"

namespace gradc::passes {

/// The graph after a pass, verified.
inline ir::Graph passed(PassFunction pass, const ir::Graph& graph, const Unroll& unroll = {},
                        const Checkpoint& checkpoint = {}) {
  ir::Diagnostics diagnostics;
  Context context{.diagnostics = diagnostics, .unroll = unroll, .checkpoint = checkpoint};
  ir::Graph out = pass(graph, context);
  EXPECT_FALSE(diagnostics.has_errors()) << render(diagnostics);
  const std::vector<std::string> problems = verify(out);
  EXPECT_TRUE(problems.empty()) << problems[0] << "\n" << to_string(out);
  return out;
}

/// The largest difference, relative where values are large.
inline double distance(const ir::Tensor& a, const ir::Tensor& b) {
  double out = 0;
  for (std::int64_t i = 0; i < a.size(); ++i)
    out = std::max(out, std::abs(a.real(i) - b.real(i)) / (1 + std::abs(a.real(i))));
  return out;
}

}  // namespace gradc::passes
