#include "codegen/contraction_tasks.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>

#include "codegen/grain.h"
#include "codegen/pack.h"
#include "codegen/pieces.h"
#include "codegen/strips.h"
#include "codegen/task_frame.h"

namespace gradc::codegen {

namespace {

/// All panels of y, one after the other in scratch memory; each is a piece of work.
void emit_preparation(Body& body, Body& k_body, const Contraction& c, const TaskFrame& frame) {
  llvm::IRBuilderBase& builder = body.builder();
  const Nest& nest = body.nest();
  llvm::Type* element = memory_type(builder.getContext(), nest.body[c.reduction].dtype, 1);
  Scope outside = body.scope();
  body.compute(outside, std::span(&c.y, 1));
  PieceAxes axes{c.batch, 1, {}, c.panels()};
  axes.outer.insert(axes.outer.end(), c.y_outer.begin(), c.y_outer.end());
  for_pieces(body, frame, outside, axes, [&](Piece piece) {
    body.compute(piece.scope, std::span(&c.y, 1));
    llvm::Value* to = builder.CreateGEP(element, frame.scratch,
                                        multiply(builder, piece.number, c.panel_size(nest)));
    pack_y_panels(body, k_body, c, piece.scope, {piece.down, nullptr}, {}, to);
  });
}

}  // namespace

std::vector<Task> emit_contraction_tasks(llvm::Module& module, const Target& target,
                                         const Machine& machine, const ir::Kernel& kernel,
                                         const Nest& nest, const Contraction& c,
                                         const std::string& name) {
  std::vector<Task> out;
  const auto add_task = [&](const std::string& suffix, std::int64_t pieces, double cycles,
                            const auto& emit) {
    llvm::IRBuilder<> builder(module.getContext());
    const TaskFrame frame = open_task(builder, module, target, kernel, name + suffix);
    const auto body_along = [&](std::size_t vector_loop) {
      return Body(builder, machine, target, nest, vector_loop, frame.operands, frame.outputs);
    };
    Body body = body_along(c.n), k_body = body_along(c.k.back());
    Body x_body = body_along(c.packs_x_by_columns ? *c.m : c.k.back());
    emit(body, k_body, x_body, frame);
    builder.CreateRetVoid();
    out.push_back({frame.function, pieces, choose_grain(pieces, cycles), cycles});
  };
  if (c.y_supply == Supply::prepared) {
    const std::int64_t panels = c.prepared_panels(nest);
    const auto elements = static_cast<double>(panels * c.panel_size(nest));
    add_task(".pack", panels, elements / 4, [&](Body& body, Body& k_body, Body&, auto& frame) {
      emit_preparation(body, k_body, c, frame);
    });
    out.back().role = Role::preparation;
  }
  add_task("", c.pieces(nest), c.cycles,
           [&](Body& body, Body& k_body, Body& x_body, const TaskFrame& frame) {
             emit_strips({body, k_body, x_body}, c, frame);
           });
  if (c.k_parts > 1) {
    add_task(".results", c.strips(nest), c.adding_parts(nest),
             [&](Body& body, Body& k_body, Body& x_body, const TaskFrame& frame) {
               emit_results({body, k_body, x_body}, c, frame);
             });
    out.back().role = Role::finish;
  }
  return out;
}

}  // namespace gradc::codegen
