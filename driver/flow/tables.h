#pragma once
/// The numbers of a report as tables, which the text and the page lay out in their own ways.
#include <string>
#include <vector>

#include "driver/flow/history.h"

namespace gradc::driver {

struct Table {
  std::string title;
  std::vector<std::string> columns;
  struct Line {
    std::vector<std::string> cells;  ///< one per column
    std::string mark;                ///< what is wrong, in a word; or empty
  };
  std::vector<Line> lines;
};

/// One for each kind of row that the history has.
std::vector<Table> tables(const FlowHistory& history);

}  // namespace gradc::driver
