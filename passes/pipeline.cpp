#include "passes/pipeline.h"

#include <algorithm>
#include <chrono>

#include "ir/messages.h"
#include "ir/order.h"
#include "ir/print.h"
#include "ir/verify.h"

namespace gradc::passes {

using ir::Diagnostics;
using ir::Message;
using ir::Program;

namespace {

constexpr bool optimization = true;

constexpr Pass all_passes[] = {
    {"last-step", last_step,
     "read the last step of a sequence from what the scan carries out of it", optimization},
    {"unroll", unroll,
     "replace scans by copies of their bodies, or by scans of fewer, larger steps"},
    {"merge-products", merge_products,
     "make one product of several that multiply the same in a loop", optimization},
    {"checkpoint", checkpoint, "cut scans under a gradient into segments"},
    {"differentiate", differentiate, "append the gradients the model asks for"},
    {"expand", expand, "replace composite ops by their definitions"},
    {"simplify", simplify, "fold constants, apply algebraic identities", optimization},
    {"merge-common", merge_common, "compute equal values once", optimization},
    {"prune", prune, "take out of loops what nobody reads", optimization},
    {"hoist", hoist, "move out of loops what all steps can do at once", optimization},
    {"order-products", order_products, "compute products in the shape their users read",
     optimization},
    {"relu-masks", relu_masks, "ask results of relus where they cut off", optimization},
    {"permute-windows", permute_windows, "write folds of windows that lie apart as permutations",
     optimization},
    {"fuse", fuse, "turn connected groups into single kernels"},
};

constexpr Constraint all_constraints[] = {
    {"last-step", "unroll", "steps that are written out are no scan any more"},
    {"last-step", "differentiate", "the gradient of a slice is a whole sequence, of zeros mostly"},
    {"unroll", "differentiate",
     "the gradient of copied steps need not stack what it reads of them"},
    {"unroll", "merge-products", "what is written out is no loop: its products meet again anyway"},
    {"merge-products", "differentiate", "the gradient of one product is two, however many gates"},
    {"merge-products", "hoist", "weights side by side are the same at every step"},
    {"unroll", "checkpoint", "segments are cut of the loops that stay"},
    {"checkpoint", "differentiate", "only before the gradient may the loop take another form"},
    {"differentiate", "expand", "the gradient of softmax is better than the gradient of its parts"},
    {"differentiate", "simplify", "simplify takes `stop` away, which only differentiate heeds"},
    {"expand", "simplify", "definitions are written to be read, not to be run"},
    {"expand", "fuse", "a composite op has no kernel"},
    {"simplify", "merge-common", "simplified forms coincide more often"},
    {"merge-common", "prune", "what a loop has twice is taken out once"},
    {"prune", "hoist", "what nobody reads need not be computed for all steps"},
    {"hoist", "order-products", "outside a loop, products meet the movement around it"},
    {"merge-common", "order-products", "only the reader of a product may say how it is computed"},
    {"order-products", "permute-windows", "convolutions that take turns are joined by such a fold"},
    {"merge-common", "relu-masks", "the gradient asks what the relu asked"},
    {"relu-masks", "permute-windows", "a mask in the kernel that reads it need not be cut"},
    {"relu-masks", "fuse", "what is not asked is not written"},
    {"permute-windows", "fuse", "a permutation is part of a kernel, a fold is a sum of its own"},
    {"order-products", "fuse", "movement in front of a product becomes part of its kernel"},
    {"merge-common", "fuse", "equal values in two kernels can no longer be found"},
};

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// The passes the options ask for; nothing if one of them does not exist.
std::optional<std::vector<Pass>> chosen_passes(const Options& options, Diagnostics& diagnostics) {
  for (const std::string& name : options.print_after)
    if (!find_pass(name)) return diagnostics.report({}, Message::unknown_pass, name);
  if (!options.stop_after.empty() && !find_pass(options.stop_after))
    return diagnostics.report({}, Message::unknown_pass, options.stop_after);

  std::vector<Pass> out;
  if (!options.passes) {
    std::ranges::copy_if(all_passes, std::back_inserter(out), [&](const Pass& pass) {
      return options.optimize || !pass.is_optimization;
    });
    return out;
  }
  for (const std::string& name : *options.passes) {
    const Pass* pass = find_pass(name);
    if (!pass) return diagnostics.report({}, Message::unknown_pass, name);
    out.push_back(*pass);
  }
  return out;
}

void verify_program(const Program& program, const std::string& culprit, Diagnostics& diagnostics) {
  for (const ir::Entry& entry : program.entries)
    for (const std::string& finding : verify(entry.graph))
      diagnostics.report({}, Message::broken_graph, culprit, entry.graph.name, finding);
  if (diagnostics.has_errors()) return;
  for (const std::string& finding : verify(program))
    diagnostics.report({}, Message::broken_graph, culprit, program.name, finding);
}

bool is_among(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

}  // namespace

std::span<const Pass> pipeline() { return all_passes; }
std::span<const Constraint> constraints() { return all_constraints; }

const Pass* find_pass(std::string_view name) {
  const auto* found = std::ranges::find(all_passes, name, &Pass::name);
  return found == std::end(all_passes) ? nullptr : found;
}

std::optional<Program> run(Program program, const Options& options, Diagnostics& diagnostics,
                           std::vector<PassTime>* times) {
  const auto chosen = chosen_passes(options, diagnostics);
  if (!chosen) return std::nullopt;
  if (options.verify_each) verify_program(program, "the front end", diagnostics);

  Context context{diagnostics, options.optimize, options.unroll, options.checkpoint};
  std::uint64_t seed = options.shuffle_seed.value_or(0);
  for (const Pass& pass : *chosen) {
    if (diagnostics.has_errors()) return std::nullopt;
    double seconds = 0;
    for (ir::Entry& entry : program.entries) {
      if (options.shuffle_seed) entry.graph = shuffled(entry.graph, seed++);
      const auto start = std::chrono::steady_clock::now();
      entry.graph = pass.function(entry.graph, context);
      seconds += seconds_since(start);
    }
    if (times) times->push_back({pass.name, seconds});
    if (options.verify_each)
      verify_program(program, fmt::format("the pass `{}`", pass.name), diagnostics);
    if (options.print && is_among(options.print_after, pass.name))
      options.print(to_string(program));
    if (pass.name == options.stop_after) break;
  }
  if (diagnostics.has_errors()) return std::nullopt;
  return program;
}

}  // namespace gradc::passes
