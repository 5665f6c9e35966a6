#include "codegen/pieces.h"

namespace gradc::codegen {

void for_pieces(Body& body, const TaskFrame& frame, const Scope& outside, const PieceAxes& axes,
                const std::function<void(Piece)>& visit) {
  const Nest& nest = body.nest();
  std::vector<std::int64_t> extents;
  for (const std::size_t loop : axes.outer) extents.push_back(nest.extents[loop]);
  extents.push_back(axes.across);
  for (const std::size_t loop : axes.inner) extents.push_back(nest.extents[loop]);
  extents.push_back(axes.down);

  for_loop(body.builder(), {frame.begin, frame.end}, [&](llvm::Value* number) {
    const std::vector<llvm::Value*> indices = decompose(body.builder(), number, extents);
    Piece piece{outside, nullptr, nullptr, number};
    std::size_t next = 0;
    for (const std::size_t loop : axes.outer) piece.scope.indices[loop] = indices[next++];
    piece.across = indices[next++];
    for (const std::size_t loop : axes.inner) piece.scope.indices[loop] = indices[next++];
    piece.down = indices[next];
    visit(std::move(piece));
  });
}

}  // namespace gradc::codegen
