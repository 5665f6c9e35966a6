#include "driver/loop_options.h"

#include <CLI/CLI.hpp>
#include <cstdint>
#include <map>
#include <string>

namespace gradc::driver {

namespace {

using passes::Checkpoint;
using passes::Unroll;

template <typename Mode>
using Words = std::map<std::string, Mode>;

/// A word sets `mode`; a number does too, to `with_number`, and sets `number`.
template <typename Mode>
void add_word_or_number(CLI::App& app, const std::string& name, const std::string& choices,
                        const std::string& doc, const Words<Mode>& words, Mode with_number,
                        Mode& mode, std::int64_t& number) {
  const auto choose = [=, &mode, &number](const std::string& text) {
    const auto word = words.find(text);
    mode = word != words.end() ? word->second : with_number;
    if (word != words.end()) return;
    if (!CLI::detail::lexical_cast(text, number) || number < 1)
      throw CLI::ValidationError(name, "takes " + choices + " or a number, not " + text);
  };
  app.add_option_function<std::string>(name, choose, doc)->type_name(choices + " or N");
}

}  // namespace

void add_loop_options(CLI::App& app, passes::Options& options) {
  add_word_or_number<Unroll::Mode>(
      app, "--unroll", "auto, none, full",
      "how many steps of a recurrence are written out: none leaves a loop, full leaves none, N "
      "leaves one of N steps each time (default auto)",
      {{"auto", Unroll::Mode::automatic},
       {"none", Unroll::Mode::none},
       {"full", Unroll::Mode::full}},
      Unroll::Mode::by_factor, options.unroll.mode, options.unroll.factor);
  add_word_or_number<Checkpoint::Mode>(
      app, "--checkpoint", "none, auto",
      "of how many steps of a loop one is kept in memory for the gradient, which computes the "
      "others anew (default none: all are kept)",
      {{"none", Checkpoint::Mode::none}, {"auto", Checkpoint::Mode::automatic}},
      Checkpoint::Mode::every, options.checkpoint.mode, options.checkpoint.steps);
}

}  // namespace gradc::driver
