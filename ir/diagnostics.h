#pragma once
/// What the compiler tells its user. Nothing here prints or exits: the host owns its streams.
#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ir/location.h"

namespace gradc::ir {

enum class Severity {
  error,
  warning,
  remark,  ///< what the compiler chose and why, for those who ask
};

/// Every message the compiler can give. Who reports one includes ir/messages.h, which names them:
/// so a new message rebuilds those files only.
enum class Message : std::uint16_t;

/// One line of diagnostics.def.
struct MessageInfo {
  Message message;
  Severity severity;
  std::string_view name;  ///< stable name, used by tests
  std::string_view code;  ///< stable code, printed: "E0201"
  std::string_view text;  ///< fmt format string
};
const MessageInfo& info(Message message);
std::vector<MessageInfo> all_messages();

struct Note {
  Location location;
  std::string text;
};

/// Text that would mend the error when it replaces `where`.
struct FixIt {
  Location where;
  std::string replacement;
};

struct Diagnostic {
  Message message;
  Location location;
  std::string text;
  std::vector<Note> notes;
  std::vector<FixIt> fix_its;
};

/// Collects diagnostics. An identical message at the same place is kept once: the entries of a
/// model are elaborated one by one and would repeat each other's mistakes.
class Diagnostics {
 public:
  /// Remarks are dropped unless they are wanted.
  explicit Diagnostics(bool wants_remarks = false) : wants_remarks_(wants_remarks) {}

  /// Returned by `report`: takes notes, and converts to an empty optional, so that a rule can say
  /// `return diagnostics.report(…).note(…);`.
  class Report {
   public:
    explicit Report(Diagnostic* diagnostic) : diagnostic_(diagnostic) {}
    Report& note(Location location, std::string text) {
      if (diagnostic_) diagnostic_->notes.push_back({location, std::move(text)});
      return *this;
    }
    Report& note(std::string text) { return note({}, std::move(text)); }
    Report& fix_it(Location where, std::string replacement) {
      if (diagnostic_) diagnostic_->fix_its.push_back({where, std::move(replacement)});
      return *this;
    }
    template <typename T>
    operator std::optional<T>() const {
      return std::nullopt;
    }

   private:
    Diagnostic* diagnostic_;  // null when the message was a repetition; valid until the next report
  };

  /// While it lives, every report gets the note `text` at `location`, innermost first:
  /// "in `Dense` applied here".
  class Frame {
   public:
    Frame(Diagnostics& diagnostics, Location location, std::string text)
        : diagnostics_(diagnostics) {
      diagnostics_.frames_.push_back({location, std::move(text)});
    }
    ~Frame() { diagnostics_.frames_.pop_back(); }
    Frame(const Frame&) = delete;
    Frame& operator=(const Frame&) = delete;

   private:
    Diagnostics& diagnostics_;
  };

  template <typename... Arguments>
  Report report(Location location, Message message, const Arguments&... arguments) {
    return add(location, message, fmt::format(fmt::runtime(info(message).text), arguments...));
  }

  /// A diagnostic of others, unless it is here already.
  void take(Diagnostic diagnostic);

  bool has_errors() const { return errors_ > 0; }
  std::size_t error_count() const { return errors_; }
  const std::vector<Diagnostic>& all() const { return diagnostics_; }

 private:
  Report add(Location location, Message message, std::string text);

  bool wants_remarks_;
  std::vector<Diagnostic> diagnostics_;
  std::vector<Note> frames_;
  std::size_t errors_ = 0;
};

/// The message as the user sees it: file:line:column, the source line with a caret, notes, fix-its.
std::string render(const Diagnostic& diagnostic);
/// All of them, in order of report.
std::string render(const Diagnostics& diagnostics);

}  // namespace gradc::ir
