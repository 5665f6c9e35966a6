#pragma once
/// Code that notes how long each part of an entry takes, for programs compiled with
/// Options::profile. It is kept in the module's own memory, so only one thread may run its entries
/// at a time.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "codegen/native_code.h"
#include "ir/graph.h"

namespace llvm {
class GlobalVariable;
class IRBuilderBase;
class Module;
class Value;
}  // namespace llvm

namespace gradc::codegen {

/// A place in an entry's code that runs a task of a kernel, or copies.
struct ProfileSite {
  std::string task;                ///< "Mlp.kernel3.pack": the function; "copy"
  const ir::Node* node = nullptr;  ///< the group it computes, in the plan; null for copies
  bool is_work = true;             ///< not only a preparation
  std::size_t entry = 0;           ///< number
};

/// What was noted at a site. Ticks are of the machine's own clock.
struct SiteTotal {
  std::int64_t calls, ticks;
};
struct SiteEvent {
  std::int64_t site, begin, end;
};

/// Writes that code.
class ProfileCode {
 public:
  /// So many events are kept of those that are recorded.
  static constexpr std::int64_t most_events = 1 << 17;

  explicit ProfileCode(llvm::Module& module);

  /// Sites from now on belong to this entry.
  void begin_entry(std::size_t number) { entry_ = number; }
  /// What `work` emits takes its time at a new site.
  void time(llvm::IRBuilderBase& builder, ProfileSite site, const std::function<void()>& work);
  /// After the last site: make room for them.
  void finish();

  const std::vector<ProfileSite>& sites() const { return sites_; }

 private:
  void note(llvm::IRBuilderBase& builder, llvm::Value* begin, llvm::Value* end);

  llvm::Module& module_;
  llvm::GlobalVariable* totals_;  // grows with every site: a stand-in until `finish`
  llvm::GlobalVariable *events_, *event_count_;
  std::size_t entry_ = 0;
  std::vector<ProfileSite> sites_;
};

/// What the linked code notes.
class Profile {
 public:
  Profile() = default;
  /// Nothing is noted if the code was compiled without.
  Profile(std::vector<ProfileSite> sites, const NativeCode& code);

  const std::vector<ProfileSite>& sites() const { return sites_; }
  /// By site, since the last `clear`.
  std::vector<SiteTotal> totals() const;
  void clear();

  /// Events are kept from now on, the first `most_events`, until `stop_recording`.
  void start_recording();
  struct Recording {
    std::vector<SiteEvent> events;  ///< in the order in which they ended
    std::int64_t lost = 0;          ///< that there was no room for
  };
  Recording stop_recording();

  /// The clock whose ticks are noted.
  std::int64_t now() const { return now_(); }

 private:
  std::vector<ProfileSite> sites_;
  SiteTotal* totals_ = nullptr;
  SiteEvent* events_ = nullptr;
  std::int64_t* event_count_ = nullptr;
  std::int64_t (*now_)() = nullptr;
};

}  // namespace gradc::codegen
