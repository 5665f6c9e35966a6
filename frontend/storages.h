#pragma once
/// Storage: parameters, buffers, states, counters; and the initialisers that fill them.
#include <optional>
#include <string>
#include <string_view>

#include "frontend/ast.h"
#include "frontend/elaboration.h"

namespace gradc::frontend {

/// `param w: f32[I, O] ~ init`: declares the slot, fills it in `init`, reads it here.
void declare_storage(Elaboration&, Scope&, const ast::Storage&);

/// The value of a slot at the start of the entry. The slot is created at its first use, with the
/// value of `initial`, which is evaluated where it is going to be initialised.
struct SlotRequest {
  std::string name;
  ir::StorageClass storage_class;
  ir::DType dtype;
  DimList dims;
  const ast::Expr* initial = nullptr;  ///< null: zero
  const Scope* scope = nullptr;
  Location location;
  Location owner;  ///< of the instance that it belongs to
};
std::optional<Tensor> read_slot(Elaboration&, const SlotRequest&);

/// `name <- value`
void update_storage(Elaboration&, const Scope&, const ast::Update&);

/// `e.table`: a slot of an instance.
Value storage_reference(Elaboration&, const Scope&, std::string_view name, Location location);

/// The seed of all random numbers. The host sets it before `init`.
constexpr std::string_view seed_slot = "seed";

/// An i64 slot that counts; starts at zero.
ir::Value read_counter(Elaboration&, const std::string& slot);

/// `step`: the number of the update, from 1.
Value step_number(Elaboration&, Location location);

/// Uniform numbers in [0, 1). Different in every call of the entry, and in every place of the
/// model.
Tensor draw_uniform(Elaboration&, const Scope&, ir::DType dtype, const DimList& dims);

}  // namespace gradc::frontend
