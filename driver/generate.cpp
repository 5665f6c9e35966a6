#include "driver/generate.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "ir/messages.h"

namespace gradc::driver {

namespace {

constexpr std::int64_t bytes = 256;

/// Is it one row: [1, …, 1, last]?
bool is_row(const ir::Shape& shape) {
  return !shape.empty() && std::all_of(shape.begin(), shape.end() - 1,
                                       [](std::int64_t extent) { return extent == 1; });
}

/// What keeps the entry from writing text; empty if nothing does.
std::string hindrance(const Executable::Entry& entry) {
  if (entry.inputs.size() != 1 || entry.outputs.size() != 1)
    return fmt::format("it has {} inputs and {} results in place of one each", entry.inputs.size(),
                       entry.outputs.size());
  const ir::Type& input = entry.inputs[0].type;
  const ir::Type& output = entry.outputs[0].type;
  if (ir::is_float(input.dtype) || !is_row(input.shape) || input.elements() == 0)
    return fmt::format("its input is {} in place of the bytes so far, i32[1, T]", input);
  const std::int64_t symbols = output.shape.empty() ? 0 : output.shape.back();
  if (!ir::is_float(output.dtype) || output.elements() != input.elements() * symbols)
    return fmt::format(
        "its result is {} in place of the probabilities behind each byte, f32[1, {}, V]", output,
        input.elements());
  if (symbols == 0 || symbols > bytes)
    return fmt::format("its result says of {} symbols what comes next; there are {} bytes", symbols,
                       bytes);
  return {};
}

ir::Location location_of(const ir::Program& program, const std::string& entry) {
  const ir::Graph& graph = program.find_entry(entry)->graph;
  return graph[graph.operand(ir::return_node(graph), 0)].location;
}

}  // namespace

std::optional<Writer> Writer::create(const ir::Program& program, const Executable& executable,
                                     const GenerateOptions& options, ir::Diagnostics& diagnostics) {
  const Executable::Entry* entry = executable.find_entry(options.entry);
  if (!entry) return diagnostics.report({}, ir::Message::unknown_entry, options.entry);
  const std::string reason = hindrance(*entry);
  if (!reason.empty())
    return diagnostics.report(location_of(program, options.entry), ir::Message::not_a_writer,
                              options.entry, reason);
  Writer writer(*entry, options);
  if (!writer.knows_prompt(diagnostics)) return std::nullopt;
  return writer;
}

Writer::Writer(const Executable::Entry& entry, const GenerateOptions& options)
    : entry_(&entry),
      temperature_(options.temperature),
      random_(options.seed, 0),
      text_(options.prompt),
      input_(entry.inputs[0].type),
      output_(entry.outputs[0].type) {}

bool Writer::knows_prompt(ir::Diagnostics& diagnostics) const {
  for (std::size_t i = 0; i < text_.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text_[i]);
    if (byte < symbols()) continue;
    diagnostics.report({}, ir::Message::prompt_outside, byte, i, entry_->name, symbols());
    return false;
  }
  return true;
}

std::optional<char> Writer::next(Instance& instance, ir::Diagnostics& diagnostics) {
  const std::optional<std::int64_t> byte = choose(read(instance));
  if (!byte)
    return diagnostics.report({}, ir::Message::not_a_writer, entry_->name,
                              "what it computes are no probabilities");
  text_.push_back(static_cast<char>(*byte));
  return text_.back();
}

/// Let the entry read what it has not yet, or all it has room for. Returns the place of the last
/// byte read.
std::int64_t Writer::read(Instance& instance) {
  const void* input = input_.data();
  void* output = output_.data();
  const auto room = static_cast<std::size_t>(places());
  const bool remembers = room == 1;
  if (!remembers) {
    instance.reset_states();
    seen_ = text_.size() - std::min(text_.size(), room);
  }
  std::int64_t last = 0;
  while (seen_ < text_.size()) {
    const std::size_t count = std::min(room, text_.size() - seen_);
    for (std::size_t i = 0; i < room; ++i)
      input_.set_integer(static_cast<std::int64_t>(i),
                         i < count ? static_cast<unsigned char>(text_[seen_ + i]) : 0);
    instance.call(*entry_, {&input, 1}, {&output, 1});
    seen_ += count;
    last = static_cast<std::int64_t>(count) - 1;
  }
  return last;
}

/// Draw a byte by the probabilities at a place, p^(1 / temperature) made to sum to 1.
std::optional<std::int64_t> Writer::choose(std::int64_t place) {
  std::vector<double> weights;
  for (std::int64_t i = 0; i < symbols(); ++i)
    weights.push_back(output_.real(place * symbols() + i));
  const auto is_probability = [](double p) { return p >= 0 && std::isfinite(p); };
  const auto likeliest = std::ranges::max_element(weights);
  if (!std::ranges::all_of(weights, is_probability) || *likeliest == 0) return std::nullopt;
  if (temperature_ == 0) return likeliest - weights.begin();

  double sum = 0;
  const double greatest = *likeliest;
  for (double& weight : weights) sum += weight = std::pow(weight / greatest, 1 / temperature_);
  double left = random_.unit() * sum;
  for (std::int64_t i = 0; i < symbols(); ++i) {
    left -= weights[static_cast<std::size_t>(i)];
    if (left < 0) return i;
  }
  return likeliest - weights.begin();  // rounding left a rest
}

}  // namespace gradc::driver
