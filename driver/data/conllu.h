#pragma once
/// Sentences of words with what is known about each: CoNLL-U, the format of Universal Dependencies.
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "frontend/model.h"
#include "ir/diagnostics.h"
#include "ir/tensor.h"

namespace gradc::driver {

/// One column of the words of all files, as i32[examples, length]. A sentence is an example, or
/// several if it is longer. Words, or the first or last letters of them, get numbers by how often
/// they are in the first file: 2 is the most frequent, 1 stands for all that have none, 0 for no
/// word. The column `length` is i32[examples], the number of words in each.
std::optional<ir::Tensor> read_conllu(std::span<const std::string> paths,
                                      const frontend::SequenceColumn& column, ir::Location location,
                                      ir::Diagnostics& diagnostics);

}  // namespace gradc::driver
