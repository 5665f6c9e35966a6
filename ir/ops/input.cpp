// A value that comes from outside: from the caller of the entry, or from a storage slot.
#include "ir/ops.h"

namespace gradc::ir {

const Op op_input = {
    .name = "input",
    .doc =
        "A value given by the caller, or read from the storage slot of its name: "
        "`storage` is the slot's class, empty for the caller's.",
    .attributes = {{"dtype", AttributeKind::dtype},
                   {"shape", AttributeKind::integers},
                   {"storage", AttributeKind::string, ""}},
    .infer_type = [](const Call& call, Diagnostics&) -> std::optional<Type> {
      return Type{call.attribute<DType>("dtype"), call.attribute<Shape>("shape")};
    },
    .differentiability = Differentiability::constant,
};

Value input(Graph& graph, std::string name, Type type, StorageClass storage) {
  const Value value = append(graph, op::input, {},
                             {{"dtype", type.dtype},
                              {"shape", std::move(type.shape)},
                              {"storage", std::string(ir::name(storage))}});
  graph.set_name(value.id(), std::move(name));
  return value;
}

}  // namespace gradc::ir
