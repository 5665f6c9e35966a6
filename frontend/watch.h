#pragma once
/// The flow of gradients, watched: what the entry `STEP.flow` computes besides what the step does.
///
/// To every sequence of a `seq` block a *probe* is added, a zero at every step. The gradient with
/// respect to the probe is the whole derivative of the loss by that element of the sequence, on
/// all ways from there to the loss, whatever becomes of the loop. What saturating activations
/// compute is kept, stacked by step if it is computed in a block.
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "frontend/elaboration.h"
#include "frontend/entries.h"

namespace gradc::frontend {

/// Where a function does not saturate: results outside mean that little gradient passes.
struct Unsaturated {
  double low, high;
};

struct Watch {
  struct Sequence {
    FlowRow row;
    ir::Value probe;   ///< the zeros of all steps
    std::size_t axis;  ///< the one of the sequence's own steps; in front are those of outer blocks
  };
  struct Activation {
    FlowRow row;
    Tensor value;
    const Unsaturated* unsaturated = nullptr;  ///< null for rectifiers
    std::size_t step_axes = 0;                 ///< so many axes in front are steps
  };
  struct Parameter {
    FlowRow row;
    ReadSlot slot;
    Tensor gradient;
  };
  struct Clip {
    FlowRow row;
    Tensor scale;
  };
  std::vector<Sequence> sequences;
  std::vector<Activation> activations;
  std::vector<Parameter> parameters;
  std::optional<Clip> clip;
  std::vector<SequenceStep*> steps;  ///< that are being elaborated, outermost first
  int pauses = 0;
};

/// The step of a `seq` block while it is elaborated. Does nothing in entries that watch nothing.
class WatchedStep {
 public:
  WatchedStep(Elaboration&, SequenceStep&);
  ~WatchedStep();
  WatchedStep(const WatchedStep&) = delete;
  WatchedStep& operator=(const WatchedStep&) = delete;

  /// An element of a sequence and its probe.
  Tensor with_probe(const Tensor& element, FlowRow row);
  /// Zeros outside of the step: a probe of the block around, or a constant, which is `all`.
  ir::Value outer_probe(const ir::Type& type, ir::Value& all);
  /// What activations of the step compute; becomes that of all steps.
  std::span<Watch::Activation> activations();
  void forget_activations();

 private:
  Elaboration& e_;
  Watch* watch_;
  SequenceStep& step_;
  std::size_t depth_ = 0;
  std::size_t first_activation_ = 0;
};

/// While it lives, activations are not watched: they are parts of a function that is no activation.
class WatchPause {
 public:
  WatchPause(Elaboration&, bool is_pause);
  ~WatchPause();
  WatchPause(const WatchPause&) = delete;
  WatchPause& operator=(const WatchPause&) = delete;

 private:
  Watch* watch_;
};

/// The value of an op: does it saturate?
void watch_activation(Elaboration&, const ir::Op&, const Tensor& value, Location location);
/// The value of a call of that function: is it a rectifier?
void watch_function(Elaboration&, std::string_view function, const Value& value, Location location);
/// Gradients as they come from the loss, before they are clipped.
void watch_parameters(Elaboration&, std::span<const ReadSlot> slots,
                      std::span<const Value> gradients);
void watch_clip(Elaboration&, const Value& scale, Location location);

/// The results that say what has been watched, and the rows they belong to. The step's first
/// results are `results`.
std::vector<FlowRow> append_flow(Elaboration&, const Watch&, const Tensor& loss,
                                 std::vector<EntryResult>& results);

}  // namespace gradc::frontend
