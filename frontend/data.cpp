#include "frontend/data.h"

#include <algorithm>

#include "frontend/calls.h"
#include "frontend/conversions.h"
#include "frontend/expressions.h"
#include "ir/evaluate.h"
#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::frontend {

namespace {

struct Reader {
  std::string_view name;
  FileData::Format format;
};
constexpr Reader readers[] = {
    {"idx", FileData::Format::idx},       {"npy", FileData::Format::npy},
    {"csv", FileData::Format::csv},       {"text", FileData::Format::text},
    {"conllu", FileData::Format::conllu}, {"series", FileData::Format::series},
};

const Reader* find_reader(const ast::Expr& expr) {
  const auto* const call = std::get_if<ast::Call>(&expr.node);
  const auto* const name = call ? std::get_if<ast::Reference>(&call->callee->node) : nullptr;
  if (!name) return nullptr;
  const auto* const found = std::ranges::find(readers, name->name, &Reader::name);
  return found == std::end(readers) ? nullptr : found;
}

/// One column, or a list of them.
bool add_columns(const Value& value, std::vector<ColumnName>& columns) {
  if (const List* list = value.get_if<List>())
    return std::ranges::all_of(list->items,
                               [&](const Value& v) { return add_columns(v, columns); });
  if (const std::string* name = value.get_if<std::string>()) {
    columns.emplace_back(*name);
  } else if (const Dim* number = value.get_if<Dim>()) {
    columns.emplace_back(number->value());
  } else {
    return value.is_poison();
  }
  return true;
}

/// A number that a reader takes by name.
struct NumberOption {
  FileData::Format format;
  std::string_view name;
  std::int64_t least;
  std::int64_t& (*place)(FileData&);
};
using Format = FileData::Format;
constexpr auto window = [](FileData& data) -> std::int64_t& { return data.windows.length; };
constexpr auto stride = [](FileData& data) -> std::int64_t& { return data.windows.stride; };
constexpr auto shift = [](FileData& data) -> std::int64_t& { return data.windows.shift; };
constexpr auto length = [](FileData& data) -> std::int64_t& { return data.sequence.length; };
constexpr auto most = [](FileData& data) -> std::int64_t& { return data.sequence.most; };
constexpr auto prefix = [](FileData& data) -> std::int64_t& { return data.sequence.prefix; };
constexpr auto suffix = [](FileData& data) -> std::int64_t& { return data.sequence.suffix; };
constexpr NumberOption number_options[] = {
    {Format::text, "window", 1, window},   {Format::text, "stride", 1, stride},
    {Format::text, "shift", 0, shift},     {Format::csv, "window", 1, window},
    {Format::csv, "stride", 1, stride},    {Format::csv, "shift", 0, shift},
    {Format::conllu, "length", 1, length}, {Format::conllu, "most", 3, most},
    {Format::conllu, "prefix", 1, prefix}, {Format::conllu, "suffix", 1, suffix},
    {Format::series, "length", 1, length},
};

/// Take an argument that is a number with a name; false if the reader has no such option.
bool add_number(FileData& data, std::string_view name, const Value& value) {
  const auto option = std::ranges::find_if(number_options, [&](const NumberOption& option) {
    return option.format == data.format && option.name == name;
  });
  if (option == std::end(number_options)) return false;
  const Dim* number = value.get_if<Dim>();
  if (!number) return value.is_poison();
  option->place(data) = number->value();
  return number->value() >= option->least;
}

/// Take any other argument behind the first.
bool add_other(FileData& data, std::string_view name, const Value& value) {
  const bool* flag = value.get_if<bool>();
  const std::string* text = value.get_if<std::string>();
  switch (data.format) {
    case Format::csv:
      if (name == "header" && flag) data.has_header = *flag;
      return name == "header"
                 ? flag != nullptr
                 : (name.empty() || name == "columns") && add_columns(value, data.columns);
    case Format::conllu:
    case Format::series:
      if (!text) return value.is_poison();
      if (name == "column") data.sequence.name = *text;
      if (name.empty()) data.more.push_back(*text);
      return name == "column" || (name.empty() && data.format == Format::conllu);
    default:
      return false;
  }
}

std::string_view usage_of(FileData::Format format) {
  switch (format) {
    case Format::idx:
      return "idx(\"file*\")";
    case Format::npy:
      return "npy(\"file*\")";
    case Format::csv:
      return "csv(\"file*.csv\", \"column\", header = true, window = T, stride = T, shift = 1)";
    case Format::text:
      return "text(\"file*.txt\", window = T, stride = T, shift = 1)";
    case Format::conllu:
      return "conllu(\"*train.conllu\", \"*dev.conllu\", column = \"form\", length = T, most = V, "
             "suffix = 3)";
    case Format::series:
      return "series(\"file*.ts\", column = \"values\", length = T)";
  }
  __builtin_unreachable();
}

/// `csv("iris.csv", "label", header = true)`
std::optional<FileData> file_data(Elaboration& e, const Scope& scope, const ast::Expr& expr,
                                  const Reader& reader) {
  FileData data{.format = reader.format,
                .pattern = {},
                .columns = {},
                .windows = {},
                .sequence = {},
                .more = {}};
  const auto arguments = evaluate_arguments(e, scope, std::get<ast::Call>(expr.node).arguments);
  bool is_good = !arguments.empty() && arguments[0].value.is<std::string>();
  for (std::size_t i = 1; is_good && i < arguments.size(); ++i) {
    const auto& [name, value, location, written] = arguments[i];
    is_good = add_number(data, name, value) || add_other(data, name, value);
  }
  if (!is_good)
    return e.report(expr.location, Message::wrong_usage, reader.name, usage_of(reader.format));
  if (data.windows.stride == 0) data.windows.stride = data.windows.length;
  data.pattern = *arguments[0].value.get_if<std::string>();
  return data;
}

/// `idx("*images*") / 255`
std::optional<FileData> scaled_file_data(Elaboration& e, const Scope& scope,
                                         const ast::Expr& expr) {
  if (const Reader* reader = find_reader(expr)) return file_data(e, scope, expr, *reader);
  const auto* const binary = std::get_if<ast::Binary>(&expr.node);
  const bool is_quotient = binary && binary->op == ast::BinaryOperator::divide;
  const bool is_product = binary && binary->op == ast::BinaryOperator::multiply;
  const Reader* reader = is_quotient || is_product ? find_reader(*binary->left) : nullptr;
  if (!reader) return std::nullopt;
  auto data = file_data(e, scope, *binary->left, *reader);
  const auto factor = evaluate_number(e, scope, *binary->right, "the factor");
  if (!data || !factor) return std::nullopt;
  if (is_quotient && *factor == 0) return e.report(expr.location, Message::division_by_zero);
  data->scale = is_quotient ? 1 / *factor : *factor;
  return data;
}

bool reads_file(const ast::Expr& expr) {
  const auto* const binary = std::get_if<ast::Binary>(&expr.node);
  return find_reader(expr) || (binary && find_reader(*binary->left));
}

/// A value computed at compile time, as elements of the input's type.
std::optional<Tensor> computed(Elaboration& e, const Scope& scope, const ast::Expr& expr,
                               const ModelInput& input) {
  const Value value = evaluate(e, scope, expr);
  const auto tensor = to_tensor(e, value, expr.location);
  if (!tensor) return std::nullopt;
  const ir::DType dtype = input.tensor.dtype();
  const std::string what = fmt::format("the data of `{}`", input.name);
  if (!tensor->is_weak) return coerce(e, *tensor, dtype, tensor->dims, expr.location, what);
  return Tensor{tensor->value, tensor->dims};
}

/// Numbers of a list become integers only if they are whole.
std::optional<ir::Tensor> converted(Elaboration& e, const ir::Tensor& numbers, ir::DType dtype,
                                    Location location) {
  ir::Tensor out = ir::convert(numbers, dtype);
  for (std::int64_t i = 0; i < numbers.size(); ++i)
    if (!ir::is_float(dtype) && out.real(i) != numbers.real(i))
      return e.report(location, Message::number_does_not_fit,
                      fmt::format("the number {}", numbers.real(i)), dtype);
  return out;
}

bool fits(Elaboration& e, const ir::Tensor& values, const ModelInput& input, Location location) {
  const ir::Shape& shape = values.type().shape;
  const ir::Shape& wanted = input.tensor.value.shape();
  if (shape.empty() || wanted.empty()) {
    e.report(location, Message::data_needs_examples, input.name);
    return false;
  }
  const ir::Type one{values.type().dtype, {shape.begin() + 1, shape.end()}};
  const ir::Type one_wanted{values.type().dtype, {wanted.begin() + 1, wanted.end()}};
  if (one.elements() == one_wanted.elements()) return true;
  e.report(location, Message::example_shape_differs, input.name, ir::to_string(one.shape),
           ir::to_string(one_wanted.shape));
  return false;
}

struct Column {
  const ast::Binding* binding;
  const ModelInput* input;
  Tensor value;
};

/// Evaluates what has been appended to the graph; its only inputs are counters, which are zero.
void evaluate_columns(Elaboration& e, std::span<const Column> columns, DataBlock& block) {
  std::vector<ir::Value> values;
  std::vector<std::string> names;
  for (const Column& column : columns) {
    values.push_back(column.value.value);
    names.push_back(column.input->name);
  }
  ir::return_(e.graph(), values, names);
  std::vector<ir::Tensor> inputs;
  for (const ir::NodeId input : ir::inputs(e.graph())) inputs.emplace_back(e.graph()[input].type);
  const auto results = ir::evaluate(e.graph(), inputs);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto& [binding, input, value] = columns[i];
    const Location location = binding->value->location;
    auto tensor = converted(e, results[i], input->tensor.dtype(), location);
    if (tensor && fits(e, *tensor, *input, location))
      block.columns.push_back({input->name, std::move(*tensor), binding->name.location});
  }
}

void read_block(Elaboration& e, const ModelRun& model, const ast::Data& data, Location location) {
  DataBlock block{data.name.text, {}, location};
  Building scratch;
  e.active = &scratch;
  // Without a place for names, layers cannot be applied here.
  const Scope& scope = e.make_scope(model.scope, nullptr);
  std::vector<Column> columns;
  for (const ast::Binding& binding : data.bindings) {
    const auto input =
        std::ranges::find(model.building.inputs, binding.name.text, &ModelInput::name);
    const auto is_same = [&](const ast::Binding& other) {
      return &other < &binding && other.name.text == binding.name.text;
    };
    if (input == model.building.inputs.end()) {
      e.report(binding.name.location, Message::not_an_input, binding.name.text);
    } else if (std::ranges::any_of(data.bindings, is_same)) {
      e.report(binding.name.location, Message::duplicate_name, binding.name.text);
    } else if (reads_file(*binding.value)) {
      if (const auto source = scaled_file_data(e, scope, *binding.value))
        block.columns.push_back({binding.name.text, *source, binding.name.location});
    } else if (const auto value = computed(e, scope, *binding.value, *input)) {
      columns.push_back({&binding, &*input, *value});
    }
  }
  if (asks_for_gradient(scratch.graph)) {
    e.report(data.name.location, Message::not_supported, "`grad` in data");
  } else if (!columns.empty()) {
    evaluate_columns(e, columns, block);
  }
  e.model.data.push_back(std::move(block));
}

}  // namespace

const DataBlock* Model::find_data(const std::string& name) const {
  const auto found = std::ranges::find(data, name, &DataBlock::name);
  return found == data.end() ? nullptr : &*found;
}

void elaborate_data(Elaboration& e, const ModelRun& run, const ast::Block& model) {
  for (const ast::Stmt& stmt : model.statements) {
    const auto* data = std::get_if<ast::Data>(&stmt.node);
    if (!data) continue;
    if (e.model.find_data(data->name.text)) {
      e.report(data->name.location, Message::duplicate_name, data->name.text);
      continue;
    }
    read_block(e, run, *data, stmt.location);
  }
}

}  // namespace gradc::frontend
