#pragma once
/// The report on the flow of gradients, in its forms. The same samples give the same bytes.
#include <span>
#include <string>

#include "driver/flow/history.h"

namespace gradc::driver {

/// All numbers.
std::string flow_json(const std::string& model, std::span<const FlowHistory> histories);

}  // namespace gradc::driver
