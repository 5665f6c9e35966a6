#pragma once
/// What the parts of elaboration share; inside the frontend only.
///   elaborate.cpp    the story: files, models, entries
///   files.cpp        files and what they import
///   declarations.cpp what files declare
///   definitions.cpp  layers, checked where they are defined
///   entries.cpp      steps, exports, evaluation
///   optimizers.cpp   the updates of a step
///   statements.cpp   what stands in a body
///   expressions.cpp  what stands in a statement
///   arguments.cpp    arguments meet parameters
///   calls.cpp        functions, ops, and what else can be called
///   layers.cpp       instances and their application
///   storages.cpp     parameters, buffers, states and their initialisers
///   operators.cpp    elementwise operators, aligned by name
///   numbers.cpp      operators on numbers that are known now
///   conversions.cpp  values become tensors of a type
///   axes.cpp         reductions, products, views: what names axes
///   builtins.cpp     functions the library cannot say; builtin_functions.h lists their files
///   sequences.cpp    `seq`: equations about one step
///     step_statements.cpp  what is static in the block is carried out
///     step_uses.cpp        what equations use of each other
///     recurrence.cpp       which of them are computed together, and in which direction
///     sequence_step.cpp    one step is elaborated and becomes a scan
///   data.cpp         `data`: where examples come from
///   train.cpp        `train`: what happens when
///   watch.cpp        the flow of gradients, for the entries `STEP.flow`
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "frontend/elaborate.h"
#include "frontend/names.h"
#include "frontend/value.h"
#include "ir/diagnostics.h"
#include "ir/program.h"

namespace gradc::frontend {

using ir::Location;
using ir::Message;

/// A storage slot as it is read in one entry.
struct ReadSlot {
  std::string name;
  Tensor tensor;
};

class SequenceStep;
struct Watch;

/// `h[-1] = h0`: the value of a sequence beside its steps.
struct StartValue {
  Tensor tensor;
  Location location;
  bool is_used = false;  ///< an equation looks at it
};

/// Names and what they stand for.
struct Scope {
  const Scope* parent = nullptr;
  std::map<std::string, Value, std::less<>> names = {};
  /// What `...` ("") and `...S` ("S") stand for in a layer.
  std::map<std::string, DimList, std::less<>> ellipses = {};
  /// Storage that `<-` may update, by its name here.
  std::map<std::string, ReadSlot, std::less<>> slots = {};
  std::set<std::string, std::less<>> updated = {};
  /// By name and place.
  std::map<std::string, std::map<std::int64_t, StartValue>, std::less<>> starts = {};
  /// Names that were values of a step in a `seq` block, which nobody sees behind it.
  std::map<std::string, Location, std::less<>> of_steps = {};
  SequenceStep* step = nullptr;  ///< of the `seq` whose block it is
  /// Where dims and inputs were declared.
  std::map<std::string, Location, std::less<>> declared = {};
  Naming* naming = nullptr;         ///< null for files
  const Instance* owner = nullptr;  ///< the instance whose body it is
  bool is_model = false;
};

/// `name <- value`, made by the application of a layer; no application means by the model itself.
struct PendingUpdate {
  std::string slot;
  Tensor value;
  std::optional<std::size_t> application;
};

/// `input x: f32[B, 784]`
struct ModelInput {
  std::string name;
  Tensor tensor;
};

/// A graph under construction.
struct Building {
  ir::Graph graph = {};
  std::vector<ModelInput> inputs = {};
  std::vector<ReadSlot> slots = {};
  /// The slot that counts calls: what random draws and `step` depend on. Empty: there is none.
  std::string counter = {};
  std::map<std::string, int> draws = {};  ///< random draws so far, by instance
  std::set<std::int64_t> sites = {};
  std::map<std::string, ir::NodeId> value_names = {};
  std::vector<PendingUpdate> updates = {};
  std::vector<std::vector<ir::NodeId>> applications = {};  ///< the results of each
  Watch* watch = nullptr;  ///< of an entry that watches the flow of gradients

  const Tensor* find_slot(std::string_view name) const;
  /// Calls a value by its name in the model, unless it has one or the name is taken.
  void name_value(ir::Value value, std::string name);
  /// A name that must be exact: whoever had it loses it.
  void reserve_name(const std::string& name, ir::Value value);
};

/// The parameter whose update an optimizer's body is computing.
struct OptimizedParameter {
  std::string slot;
  ir::DType dtype;
  DimList dims;
  std::string step;
};

/// What is being initialised.
struct InitialTarget {
  std::string slot;
  ir::DType dtype;
  DimList dims;
};

/// The step of a `seq` that is being elaborated, and how many there are.
struct StepNumber {
  ir::Value number;
  std::int64_t steps;
};

/// Where a slot was declared, and for which instance: two entries must agree.
struct SlotOrigin {
  Location declaration, instance;
  bool operator==(const SlotOrigin&) const = default;
};

/// A layer's body that is running: whose it is, and the caller's dim behind each of its own.
struct Body {
  const Instance* owner;
  const std::map<AtomId, Dim>* callers;
};

struct Elaboration {
  Elaboration(const Options& options, ir::Diagnostics& diagnostics)
      : options(options), diagnostics(diagnostics) {}

  const Options& options;
  ir::Diagnostics& diagnostics;
  Dims dims;
  Model model;

  // Files. Scopes and instances live as long as the elaboration: values point to them.
  std::vector<const ir::Source*> library_sources;
  std::deque<Scope> scopes;
  std::deque<Naming> namings;
  std::deque<Instance> instances;

  // The entry at hand.
  Building* active = nullptr;  ///< what is appended to: the entry's graph, or that of `init`
  bool is_training = false;
  std::string entry_name;
  std::map<std::string, std::int64_t> overrides;  ///< -D, and `with` of an export
  std::set<std::string> used_overrides;
  std::map<std::string, std::string>
      optimizer_owners;                    ///< parameter → the first step that trains it
  std::optional<std::size_t> application;  ///< the innermost one
  std::vector<Body> bodies;                ///< outermost first
  const OptimizedParameter* optimized = nullptr;
  std::vector<StepNumber> step_numbers;  ///< outermost first
  bool is_specialised = false;           ///< an export `with` other dims
  Location name_location;                ///< of the name that an instance is bound to

  // Initialisers.
  Building initialisation;
  std::map<std::string, ir::Value> initial_values;  ///< by slot, in the graph of `initialisation`
  std::map<std::string, SlotOrigin> origins;
  const InitialTarget* target = nullptr;
  bool may_defer =
      false;  ///< an argument is being evaluated, which may turn out to be an initialiser
  std::int64_t deferrals = 0;  ///< so far; deferred arguments hold on to their scopes
  bool must_defer = false;     ///< it did

  // Layers on their own (definitions.cpp).
  bool is_rehearsal = false;                     ///< values stand in for what users choose
  std::set<const ast::Name*> wrong_definitions;  ///< what is wrong has been reported

  // Limits.
  std::vector<Location> call_sites;  ///< in the user's files, outermost first
  int call_depth = 0;
  int expression_depth = 0;
  std::int64_t work = 0;  ///< calls and statements so far
  bool has_given_up = false;

  Scope& make_scope(const Scope* parent, Naming* naming) {
    return scopes.emplace_back(Scope{.parent = parent, .naming = naming});
  }
  ir::Graph& graph() { return active->graph; }

  bool is_library(Location location) const;
  /// Where the user sees what happens at `location`: the call, if it lies in the library.
  Location visible(Location location) const;
  /// Nodes appended from now on come from here.
  void locate(Location location) { graph().location = visible(location); }

  template <typename... Arguments>
  ir::Diagnostics::Report report(Location location, Message message,
                                 const Arguments&... arguments) {
    return diagnostics.report(visible(location), message, arguments...);
  }
  /// Counts a piece of work; false if there is too much of it, which has been reported.
  bool may_go_on(Location location);

  std::string text(const Dim& dim) const { return dims.to_string(dim); }
  std::string text(const Tensor& tensor) const { return to_string(tensor, dims); }
  std::string text(ir::DType dtype, std::span<const Dim> axes) const {
    return to_string(dtype, axes, dims);
  }
  std::string text(const Value& value) const { return describe(value, dims); }
  /// "`H` (= 128)", or "`128`" for a number.
  std::string text_with_value(const Dim& dim) const;
};

/// The text at a location, as it is written.
std::string_view written_text(Location location);

/// What `name` stands for here or in an enclosing scope; null if nothing.
const Value* find(const Scope& scope, std::string_view name);

/// Does the graph ask for a gradient?
bool asks_for_gradient(const ir::Graph& graph);

/// The type an element type of the file stands for: f32 is f64 under --float=f64.
ir::DType element_type(const Elaboration& elaboration, ir::DType written);

}  // namespace gradc::frontend
