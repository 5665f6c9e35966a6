#include "frontend/value.h"

#include <fmt/format.h>

namespace gradc::frontend {

std::optional<double> Value::number() const {
  if (const Dim* integer = get_if<Dim>()) return static_cast<double>(integer->value());
  if (const double* real = get_if<double>()) return *real;
  return std::nullopt;
}

std::string to_string(ir::DType dtype, std::span<const Dim> axes, const Dims& dims) {
  const std::string element(ir::name(dtype));
  return axes.empty() ? element : element + dims.to_string(axes);
}

std::string to_string(const Tensor& tensor, const Dims& dims) {
  if (tensor.is_weak)
    return tensor.dims.empty() ? "a number" : fmt::format("numbers{}", dims.to_string(tensor.dims));
  return to_string(tensor.dtype(), tensor.dims, dims);
}

std::string describe(const Value& value, const Dims& dims) {
  struct Describe {
    const Dims& dims;
    std::string operator()(const Poison&) const { return "an error"; }
    std::string operator()(const Dim& dim) const {
      return dim.is_constant() ? fmt::format("the number {}", dim.value())
                               : fmt::format("the dim `{}`", dims.to_string(dim));
    }
    std::string operator()(double number) const { return fmt::format("the number {}", number); }
    std::string operator()(bool truth) const { return truth ? "`true`" : "`false`"; }
    std::string operator()(const std::string&) const { return "a string"; }
    std::string operator()(ir::DType dtype) const {
      return fmt::format("the element type `{}`", dtype);
    }
    std::string operator()(const Tensor& tensor) const { return to_string(tensor, dims); }
    std::string operator()(const List& list) const {
      return fmt::format("a list of {}", list.items.size());
    }
    std::string operator()(const Tuple& tuple) const {
      return fmt::format("{} values", tuple.items.size());
    }
    std::string operator()(const Function& function) const {
      return fmt::format("the function `{}`", function.declaration->name.text);
    }
    std::string operator()(const LayerClass& layer) const {
      return fmt::format("the layer `{}`", layer.declaration->name.text);
    }
    std::string operator()(const OptimizerClass& optimizer) const {
      return fmt::format("the optimizer `{}`", optimizer.declaration->name.text);
    }
    std::string operator()(const Instance* instance) const {
      return fmt::format("an instance of `{}`", instance->layer.declaration->name.text);
    }
    std::string operator()(const ir::Op* op) const {
      return fmt::format("the function `{}`", op->name);
    }
    std::string operator()(const Builtin*) const { return "a built-in function"; }
    std::string operator()(const Deferred&) const { return "an initialiser"; }
  };
  return std::visit(Describe{dims}, static_cast<const AnyValue&>(value));
}

}  // namespace gradc::frontend
