#pragma once
/// Entries called in a row, with values that were given by name.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "driver/instance.h"

namespace gradc::driver {

/// How often, and whether it was said: results of repeated calls have one more axis in front.
using Repeat = std::optional<std::int64_t>;

/// One entry, what it is given and where its results go.
class Call {
 public:
  /// The values are in the order of the entry's inputs. One with an axis of `repeat` in front of
  /// the input's own holds a value for each time. Nothing if they do not fit.
  static std::optional<Call> prepare(const Executable::Entry& entry, std::vector<ir::Tensor> inputs,
                                     Repeat repeat, ir::Diagnostics& diagnostics);

  /// Make the call for the `time`th time, counted from 0.
  void run(Instance& instance, std::int64_t time);

  const Executable::Entry& entry() const { return *entry_; }
  const std::vector<ir::Tensor>& outputs() const { return outputs_; }

 private:
  explicit Call(const Executable::Entry& entry) : entry_(&entry) {}

  const Executable::Entry* entry_;
  std::vector<ir::Tensor> inputs_, outputs_;
};

/// The calls of some entries; `given` are values in the form NAME=VALUE, for every entry with an
/// input of that name.
std::vector<Call> prepare_calls(const std::vector<const Executable::Entry*>& entries,
                                const std::vector<std::string>& given, Repeat repeat,
                                ir::Diagnostics& diagnostics);

/// All outputs. Where two calls have one of the same name, each gets its entry's in front:
/// `fit.loss`.
std::vector<NamedTensor> results(const std::vector<Call>& calls);

}  // namespace gradc::driver
