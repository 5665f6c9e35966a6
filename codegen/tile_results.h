#pragma once
/// From the sums of a tile to results in memory: bias, activation, update, whatever the body
/// computes from them.
#include <span>

#include "codegen/partial_sums.h"
#include "codegen/tile.h"

namespace gradc::codegen {

class TileResults {
 public:
  TileResults(Body& body, const Contraction& c);

  /// What is computed; scopes may have parts of it ready.
  std::span<const ir::ScalarId> roots() const { return roots_; }

  /// The results are computed from the sums right after the tile is done. Where that takes long,
  /// the machine cannot mask the last columns, or results are written one by one, code for every
  /// register would be too much: sums go through memory then. So do those of several blocks of k.
  bool come_from_registers() const { return come_from_registers_; }

  void write(const Scope& scope, const Tile& tile, const Carried& sums);
  void write(const Scope& scope, const Tile& tile, PartialSums sums);

  /// What the results are computed from besides the sums arrives in the cache while the tile is
  /// computed: its rows lie too far apart for the hardware to foresee.
  void fetch_surroundings(const Scope& scope, const Tile& tile);

 private:
  void write_point(const Scope& scope, const Tile& tile, llvm::Value* row, llvm::Value* sum);
  std::vector<const Address*> loads_beside_sum() const;

  Body& body_;
  llvm::IRBuilderBase& builder_;
  const Nest& nest_;
  const Contraction& c_;
  std::vector<ir::ScalarId> roots_;
  bool come_from_registers_;
};

}  // namespace gradc::codegen
