#pragma once
/// What elaboration makes of a model file: graphs to compile, and how the model wants to be
/// trained.
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ir/location.h"
#include "ir/program.h"
#include "ir/tensor.h"

namespace gradc::frontend {

/// A column of a table: its header, or its number from 0; negative numbers count from the last.
using ColumnName = std::variant<std::string, std::int64_t>;

/// How a text becomes examples. Without a length every byte is one; else each example is `length`
/// bytes, and begins `stride` bytes after the one before it. All are `shift` bytes further on in
/// the text: `shift = 1` gives the bytes that follow. The same for the rows of a table.
struct TextWindows {
  std::int64_t length = 0;
  std::int64_t stride = 0;
  std::int64_t shift = 0;
};

/// What a reader of sentences or series takes of them. What is shorter than `length` is padded with
/// zeros; without a length, the longest says it.
struct SequenceColumn {
  std::string name;         ///< "form" or "upos" of words, "values" of a series; "length" of both
  std::int64_t length = 0;  ///< steps of an example
  std::int64_t most = 0;    ///< different numbers for words, at most; 0: as many as there are words
  std::int64_t prefix = 0;  ///< of each word only so many letters
  std::int64_t suffix = 0;
};

/// `idx("*images*") / 255`: data that a reader takes from a file.
struct FileData {
  enum class Format { idx, npy, csv, text, conllu, series };
  Format format;
  std::string pattern;              ///< a glob for the name of the file
  std::vector<ColumnName> columns;  ///< of a csv; empty means all
  bool has_header = true;           ///< of a csv: its first row names the columns
  TextWindows windows;              ///< of a text or a csv
  SequenceColumn sequence;          ///< of a conllu or a series
  std::vector<std::string> more;    ///< of a conllu: patterns of files that are read after it
  double scale = 1;                 ///< every value is multiplied by it
};

/// Where the values of one model input come from; the first axis counts examples.
struct DataColumn {
  std::string input;
  std::variant<ir::Tensor, FileData> source;
  ir::Location location;
};

/// `data NAME { … }`
struct DataBlock {
  std::string name;
  std::vector<DataColumn> columns;
  ir::Location location;
};

struct TrainAction {
  enum class Kind { step, eval, save, reset, draw };
  Kind kind;
  std::vector<std::string> names;  ///< the step, or what is evaluated
  ir::Location location;
};

/// `each 500 epochs { eval loss }`
struct TrainSchedule {
  enum class Unit { batch, epoch };
  Unit unit;
  std::int64_t every = 1;
  std::vector<TrainAction> actions;
};

/// `train { … }`
struct TrainPlan {
  std::string data;    ///< name of the data block; empty: given from outside
  double holdout = 0;  ///< fraction of the examples, the last ones, that is kept for evaluation
  std::int64_t epochs = 1;
  std::optional<std::int64_t> batches;  ///< of an epoch, at most; empty: as many as the data fill
  std::uint64_t seed = 0;
  std::vector<TrainSchedule> schedules;
  ir::Location location;
};

/// What the entry `STEP.flow` says about one place of the model, and which of its results say it.
struct FlowRow {
  enum class Kind {
    sequence,    ///< |d loss / d h[t]|^2 for every t
    activation,  ///< the share of saturated elements
    rectifier,   ///< the share of units that are zero for the whole batch, at every step
    parameter,   ///< |gradient|^2, |update|^2, |value|^2
    clip,        ///< what `clip_norm` multiplies the gradients by
  };
  Kind kind;
  std::string name;      ///< "lstm.h", "lstm.wx"
  std::string function;  ///< of an activation, as it is written: "sigmoid(f + forget)"
  ir::Location location;
  bool is_recurrent = false;     ///< a sequence that looks back or ahead
  bool is_reverse = false;       ///< it looks ahead: the gradient flows to later steps
  std::size_t first_result = 0;  ///< among those of the entry
};

/// `step NAME minimize …`
struct StepInfo {
  std::string name;
  std::string counter;                  ///< the storage slot that counts its updates
  std::vector<std::string> parameters;  ///< the storage slots it trains
  std::vector<FlowRow> flow;            ///< with Options::flow
};

/// The entry that does a step and watches the flow of its gradients.
std::string flow_entry(const std::string& step);

/// A model, ready to be compiled. The entries of the program: `init`, then steps and exports as
/// they are written, then `evaluate`, if there is something to evaluate; its results are what
/// `eval` lists and metrics name.
struct Model {
  ir::Program program;
  std::vector<StepInfo> steps;
  std::vector<std::string> metrics;
  std::vector<DataBlock> data;
  std::optional<TrainPlan> train;

  const DataBlock* find_data(const std::string& name) const;
};

}  // namespace gradc::frontend
