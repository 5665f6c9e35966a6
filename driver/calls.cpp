#include "driver/calls.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "driver/values.h"
#include "ir/messages.h"

namespace gradc::driver {

namespace {

using Entries = std::vector<const Executable::Entry*>;

/// Values for `repeat` calls.
ir::Type repeated(ir::Type type, Repeat repeat) {
  if (repeat) type.shape.insert(type.shape.begin(), *repeat);
  return type;
}

/// Where the value of the `time`th call lies in one for a single call, or for all of them.
std::size_t offset(const ir::Tensor& tensor, const Port& port, std::int64_t time) {
  const bool is_repeated = tensor.type().rank() > port.type.rank();
  return is_repeated ? static_cast<std::size_t>(time * port.type.bytes()) : 0;
}

bool has_input(const Executable::Entry& entry, const std::string& name) {
  return std::ranges::find(entry.inputs, name, &Port::name) != entry.inputs.end();
}

using Values = std::map<std::string, ir::Tensor>;

Values parse_values(const Entries& entries, const std::vector<std::string>& given,
                    ir::Diagnostics& diagnostics) {
  Values values;
  for (const std::string& text : given) {
    const std::string name = text.substr(0, text.find('='));
    if (std::ranges::none_of(entries, [&](const auto* entry) { return has_input(*entry, name); })) {
      std::vector<std::string> names;
      for (const Executable::Entry* entry : entries) names.push_back(entry->name);
      diagnostics.report({}, ir::Message::unknown_input, fmt::format("{}", fmt::join(names, ",")),
                         name);
      continue;
    }
    auto value = parse_value(std::string_view(text).substr(std::min(name.size() + 1, text.size())),
                             diagnostics);
    if (value) values.insert_or_assign(name, std::move(*value));
  }
  return values;
}

}  // namespace

std::optional<Call> Call::prepare(const Executable::Entry& entry, std::vector<ir::Tensor> inputs,
                                  Repeat repeat, ir::Diagnostics& diagnostics) {
  Call call(entry);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Port& port = entry.inputs[i];
    // A file's numbers take the input's element type.
    ir::Tensor value = ir::convert(inputs[i], port.type.dtype);
    if (value.type() != port.type && value.type() != repeated(port.type, repeat))
      return diagnostics.report({}, ir::Message::value_type, port.name, port.type,
                                inputs[i].type());
    call.inputs_.push_back(std::move(value));
  }
  for (const Port& port : entry.outputs) {
    const ir::Type type = repeated(port.type, repeat);
    if (!ir::is_valid(type))
      return diagnostics.report({}, ir::Message::tensor_too_large, type, ir::max_tensor_bytes);
    call.outputs_.emplace_back(type);
  }
  return call;
}

void Call::run(Instance& instance, std::int64_t time) {
  std::vector<const void*> inputs;
  for (std::size_t i = 0; i < inputs_.size(); ++i)
    inputs.push_back(inputs_[i].data() + offset(inputs_[i], entry_->inputs[i], time));
  std::vector<void*> outputs;
  for (std::size_t i = 0; i < outputs_.size(); ++i)
    outputs.push_back(outputs_[i].data() + offset(outputs_[i], entry_->outputs[i], time));
  instance.call(*entry_, inputs, outputs);
}

std::vector<Call> prepare_calls(const Entries& entries, const std::vector<std::string>& given,
                                Repeat repeat, ir::Diagnostics& diagnostics) {
  const Values values = parse_values(entries, given, diagnostics);
  std::vector<Call> calls;
  for (const Executable::Entry* entry : entries) {
    std::vector<ir::Tensor> inputs;
    for (const Port& port : entry->inputs) {
      const auto value = values.find(port.name);
      if (value == values.end())
        diagnostics.report({}, ir::Message::missing_input, entry->name, port.name);
      else
        inputs.push_back(value->second);
    }
    if (diagnostics.has_errors()) continue;
    if (auto call = Call::prepare(*entry, std::move(inputs), repeat, diagnostics))
      calls.push_back(std::move(*call));
  }
  return calls;
}

std::vector<NamedTensor> results(const std::vector<Call>& calls) {
  std::map<std::string, int> uses;
  for (const Call& call : calls)
    for (const Port& port : call.entry().outputs) ++uses[port.name];
  std::vector<NamedTensor> out;
  for (const Call& call : calls)
    for (std::size_t i = 0; i < call.outputs().size(); ++i) {
      const std::string& name = call.entry().outputs[i].name;
      const bool is_unique = uses[name] == 1;
      out.push_back(
          {is_unique ? name : fmt::format("{}.{}", call.entry().name, name), call.outputs()[i]});
    }
  return out;
}

}  // namespace gradc::driver
