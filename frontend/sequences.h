#pragma once
/// `seq t in T { … }`: equations about one step become a `scan` over all steps.
///
/// A step is elaborated once, in the graph at hand, on stand-ins for what it reads: `x[t]`,
/// `h[t-1]` and `t`. What has been appended and depends on a stand-in is then moved into the body
/// of a scan; everything else, such as a parameter, stays outside and is computed once.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/ast.h"
#include "frontend/elaboration.h"

namespace gradc::frontend {

/// What the names of the block stand for at the step that is being elaborated.
class SequenceStep {
 public:
  virtual ~SequenceStep() = default;
  /// `name[step + offset]`; nothing if the index has nothing to do with the step.
  virtual std::optional<Value> read(Elaboration&, const Scope&, const ast::Expr&,
                                    const ast::Index&) = 0;
  /// A zero of this type in the step. `all` becomes the constant that holds those of all steps.
  virtual ir::Value probe(const ir::Type& type, ir::Value& all) = 0;
};

/// An element of a sequence, if `scope` lies within a `seq` and the index is about its step.
std::optional<Value> element_of_sequence(Elaboration&, const Scope&, const ast::Expr&,
                                         const ast::Index&);

/// `h[-1] = h0`, `g[T] = g0`: values of sequences beside their steps.
void declare_starts(Elaboration&, Scope&, const ast::Equation&);

/// The value of the sequence at that place, which is used then; null if there is none.
const Tensor* find_start(Scope&, const std::string& name, std::int64_t place);

/// Start values of this body that no equation looks at are mistakes.
void report_unused_starts(Elaboration&, Scope&);

/// Elaborates the block; its sequences are values of `scope` from then on.
void run_sequence(Elaboration&, Scope& scope, const ast::Seq&, Location location);

}  // namespace gradc::frontend
