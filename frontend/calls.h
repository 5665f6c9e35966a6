#pragma once
/// Calls: arguments meet parameters.
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/ast.h"
#include "frontend/elaboration.h"

namespace gradc::frontend {

/// An argument of a call, evaluated.
struct Argument {
  std::string name;  ///< empty: by position
  Value value;
  Location location;
  const ast::Argument* written = nullptr;  ///< null for what a pipe supplies
};

/// `callee(arguments over dims)`
struct CallSite {
  const Scope& scope;
  Location location;
  std::vector<Argument> arguments;
  std::span<const ast::Dim> over = {};
};

/// Applies whatever the callee is: a function, a layer, an instance, an op. An instance that is
/// made takes the name `instance_name`.
Value call(Elaboration&, const Value& callee, const CallSite&, std::string_view instance_name = {});

Value evaluate_call(Elaboration&, const Scope&, const ast::Expr&, const ast::Call&,
                    std::string_view instance_name);
Value evaluate_pipe(Elaboration&, const Scope&, const ast::Expr&, const ast::Pipe&);

/// An argument or a default, evaluated, or deferred if it needs something to initialise.
Value evaluate_argument(Elaboration&, const Scope&, const ast::Expr&);

/// The arguments, evaluated; those that need a value to initialise are deferred.
std::vector<Argument> evaluate_arguments(Elaboration&, const Scope&,
                                         std::span<const ast::Argument>);

/// Binds arguments to parameters by position and name, and defaults to the others. `callee` is what
/// messages call it. Nothing if something does not fit, which has been reported.
bool bind_arguments(Elaboration&, std::string_view callee,
                    std::span<const ast::Parameter> parameters, std::span<const Argument> arguments,
                    Location location, Scope& scope);

/// Drops the scopes made while it lives, unless a deferred argument may still need them.
class TemporaryScope {
 public:
  explicit TemporaryScope(Elaboration& e)
      : elaboration_(e), scopes_(e.scopes.size()), deferrals_(e.deferrals) {}
  ~TemporaryScope() {
    if (elaboration_.deferrals == deferrals_) elaboration_.scopes.resize(scopes_);
  }
  TemporaryScope(const TemporaryScope&) = delete;
  TemporaryScope& operator=(const TemporaryScope&) = delete;

 private:
  Elaboration& elaboration_;
  std::size_t scopes_;
  std::int64_t deferrals_;
};

/// While it lives, one call more is under way.
class CallFrame {
 public:
  CallFrame(Elaboration&, std::string_view callee, Location call, Location declaration);
  ~CallFrame();
  CallFrame(const CallFrame&) = delete;
  CallFrame& operator=(const CallFrame&) = delete;
  /// False if calls are nested too deeply, which has been reported.
  explicit operator bool() const { return fits_; }

 private:
  Elaboration& elaboration_;
  std::optional<ir::Diagnostics::Frame> frame_;
  bool is_site_ = false;
  bool fits_ = true;
};

}  // namespace gradc::frontend
