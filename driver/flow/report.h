#pragma once
/// The report on the flow of gradients, in its forms. The same samples give the same bytes.
#include <span>
#include <string>
#include <string_view>

#include "driver/flow/history.h"

namespace gradc::driver {

/// A report on one training run.
struct FlowReport {
  std::string model;
  std::vector<FlowHistory> histories;
};

std::string flow_html(const FlowReport& report);  ///< a page that needs no other file
std::string flow_svg(const FlowReport& report);   ///< the pictures of the sequences
std::string flow_json(const FlowReport& report);  ///< all numbers
std::string flow_text(const FlowReport& report);  ///< for a terminal
/// How each recurrence passes gradients on: what `train` says at its end.
std::string flow_summary(const FlowReport& report);

/// The pictures of one sequence: its norms over t, and over t and training time.
std::string norms_plot(const FlowHistory& history, std::size_t row);
std::string norms_map(const FlowHistory& history, std::size_t row);

using FlowForm = std::string (*)(const FlowReport&);
/// The form that belongs to the name of a file, "-" being the terminal; null if none does.
FlowForm flow_form(std::string_view file);

}  // namespace gradc::driver
