#pragma once
/// Calls: whatever can be called is applied.
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/arguments.h"
#include "frontend/ast.h"
#include "frontend/elaboration.h"

namespace gradc::frontend {

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
