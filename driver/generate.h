#pragma once
/// Text written by a model that says which byte comes next: what `gradc generate` does.
#include <cstdint>
#include <optional>
#include <string>

#include "driver/instance.h"
#include "driver/random.h"

namespace gradc::driver {

struct GenerateOptions {
  std::string entry = "next";
  std::string prompt = "\n";  ///< where the text begins
  std::int64_t length = 300;  ///< bytes to write
  double temperature = 1;     ///< below 1 likely bytes become likelier; 0 takes the likeliest
  std::uint64_t seed = 0;
};

/// An entry that reads i32[1, T] bytes and gives the probabilities of the byte behind each of them,
/// as f32[1, T, V]. With T = 1 it is given one byte after the other, and its states remember those
/// before; else it is given the last T of them each time.
class Writer {
 public:
  /// Nothing, and a report at the entry's place in the model, if the entry cannot do it.
  static std::optional<Writer> create(const ir::Program& program, const Executable& executable,
                                      const GenerateOptions& options, ir::Diagnostics& diagnostics);

  /// The byte behind the text written so far, which begins with the prompt.
  std::optional<char> next(Instance& instance, ir::Diagnostics& diagnostics);

 private:
  Writer(const Executable::Entry& entry, const GenerateOptions& options);
  std::int64_t places() const { return input_.size(); }
  std::int64_t symbols() const { return output_.size() / places(); }
  bool knows_prompt(ir::Diagnostics& diagnostics) const;
  std::int64_t read(Instance& instance);
  std::optional<std::int64_t> choose(std::int64_t place);

  const Executable::Entry* entry_;
  double temperature_;
  Random random_;
  std::string text_;
  std::size_t seen_ = 0;  ///< bytes of the text that the states remember
  ir::Tensor input_, output_;
};

}  // namespace gradc::driver
