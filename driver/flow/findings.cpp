#include "driver/flow/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace gradc::driver {

namespace {

using Kind = FlowRow::Kind;
using Text = std::optional<std::string>;
using Values = std::span<const double>;

/// A gradient that is zero behind a smaller one than this has not been cut off, but flushed.
constexpr double underflow = 1e-30;
constexpr double vanishing = 1e-6, exploding = 1e6;
constexpr double most_saturated = 0.5, most_dead = 0.5, most_clipped = 0.9;
constexpr double smallest_update = 1e-5, largest_update = 0.1;

std::string percent(double share) { return fmt::format("{:.0f} %", 100 * share); }

Text not_finite(const FlowRow&, Values values, const FlowHistory&) {
  if (std::ranges::all_of(values, [](double value) { return std::isfinite(value); })) return {};
  return "holds a number that is not finite";
}

std::string passage_text(const Passage& passage) {
  return fmt::format("|gradient| is {:.1e} at step {} and {:.1e} at step {}: {:.1e} of it{}",
                     passage.norm_from, passage.from, passage.norm_to, passage.to, passage.ratio(),
                     passage.underflows ? ", and behind that it is flushed to zero" : "");
}

Text vanishes(const FlowRow& row, Values norms, const FlowHistory&) {
  const auto passage = passage_of(row, norms);
  if (!row.is_recurrent || !passage || passage->ratio() > vanishing) return {};
  return passage_text(*passage);
}

Text explodes(const FlowRow& row, Values norms, const FlowHistory&) {
  const auto passage = passage_of(row, norms);
  if (!row.is_recurrent || !passage || passage->ratio() < exploding) return {};
  return passage_text(*passage);
}

Text saturated(const FlowRow&, Values share, const FlowHistory&) {
  if (share[0] <= most_saturated) return {};
  return fmt::format("{} of its values are so near its bounds that little gradient passes",
                     percent(share[0]));
}

Text dead(const FlowRow&, Values share, const FlowHistory&) {
  if (share[0] <= most_dead) return {};
  return fmt::format("{} of its units are zero for the whole batch", percent(share[0]));
}

Text no_gradient(const FlowRow&, Values norms, const FlowHistory&) {
  if (norms[0] != 0) return {};
  return "no gradient arrives";
}

Text hardly_moves(const FlowRow&, Values norms, const FlowHistory&) {
  const double ratio = update_ratio(norms);
  if (norms[0] == 0 || norms[2] == 0 || !(ratio < smallest_update)) return {};
  return fmt::format("one update changes it by {:.1e} of its size", ratio);
}

Text jumps(const FlowRow&, Values norms, const FlowHistory&) {
  const double ratio = update_ratio(norms);
  if (!(ratio > largest_update)) return {};
  return fmt::format("one update changes it by {:.1e} of its size", ratio);
}

Text always_clipped(const FlowRow&, Values, const FlowHistory& history) {
  if (history.clip_rate() <= most_clipped) return {};
  return fmt::format("acts in {} of the steps", percent(history.clip_rate()));
}

struct Rule {
  Kind kind;
  std::string_view name;
  Text (*applies)(const FlowRow&, Values, const FlowHistory&);
  std::string_view cure;
};

constexpr Rule rules[] = {
    {Kind::sequence, "not finite", not_finite,
     "a smaller learning rate and `clip_norm` keep gradients finite"},
    {Kind::sequence, "vanishes", vanishes,
     "gates (LSTM, GRU), an orthogonal initialiser for the recurrent weight, or a residual "
     "connection (h[t] = h[t-1] + ...) keep the gradient of early steps"},
    {Kind::sequence, "explodes", explodes,
     "`clip_norm`, an orthogonal initialiser for the recurrent weight, or gates (LSTM, GRU) keep "
     "the gradient of early steps small"},
    {Kind::activation, "saturated", saturated,
     "smaller initial weights, a smaller learning rate, or a LayerNorm in front bring it back; for "
     "a gate that is meant to stay open or closed it is fine"},
    {Kind::rectifier, "dead", dead,
     "`leaky_relu`, he_normal initialisers, or a smaller learning rate keep units alive"},
    {Kind::parameter, "not finite", not_finite,
     "a smaller learning rate and `clip_norm` keep gradients finite"},
    {Kind::parameter, "no gradient", no_gradient,
     "look for `stop`, saturated or dead activations between it and the loss"},
    {Kind::parameter, "hardly moves", hardly_moves, "a larger learning rate, or adam"},
    {Kind::parameter, "jumps", jumps, "a smaller learning rate, `clip_norm`, or a warm-up"},
    {Kind::clip, "always clips", always_clipped,
     "it sets the learning rate; a larger limit would catch outliers only"},
};

}  // namespace

std::optional<Passage> passage_of(const FlowRow& row, Values norms) {
  std::optional<Passage> out;
  for (std::size_t i = 0; i < norms.size(); ++i) {
    const std::size_t step = row.is_reverse ? i : norms.size() - 1 - i;
    if (!std::isfinite(norms[step])) return std::nullopt;
    if (norms[step] == 0) continue;  // nothing depends on it, or the way is cut by `truncate`
    if (!out) out = Passage{step, step, norms[step], norms[step]};
    out->to = step;
    out->norm_to = norms[step];
  }
  if (!out || out->from == out->to) return std::nullopt;
  const std::size_t end = row.is_reverse ? norms.size() - 1 : 0;
  out->underflows = out->to != end && out->norm_to < underflow;
  return out;
}

std::vector<Finding> findings(const FlowHistory& history) {
  std::vector<Finding> out;
  if (history.samples().empty()) return out;
  const FlowSample& latest = history.samples().back();
  for (std::size_t row = 0; row < history.rows().size(); ++row)
    for (const Rule& rule : rules) {
      const FlowRow& info = history.rows()[row];
      if (rule.kind != info.kind) continue;
      if (auto text = rule.applies(info, latest.values[row], history))
        out.push_back({row, rule.name, std::move(*text), rule.cure});
    }
  return out;
}

std::string title_of(const FlowRow& row) {
  if (row.function.empty()) return row.name;
  return row.name.empty() ? row.function : row.name + ": " + row.function;
}

}  // namespace gradc::driver
