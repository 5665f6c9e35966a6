#include "passes/moves.h"

#include <algorithm>

namespace gradc::passes {

std::vector<Copy> sequence(std::vector<Copy> moves,
                           const std::function<Place(std::int64_t)>& put_aside) {
  std::erase_if(moves, [](const Copy& move) { return move.from == move.to; });
  std::vector<Copy> out;
  while (!moves.empty()) {
    const auto is_still_read = [&](const Copy& move) {
      return std::ranges::any_of(moves, [&](const Copy& other) { return other.from == move.to; });
    };
    const auto next = std::ranges::find_if_not(moves, is_still_read);
    if (next != moves.end()) {
      out.push_back(*next);
      moves.erase(next);
      continue;
    }
    // Circles are left. Once the value of one place is put aside, that place can be written.
    const Copy first = moves.front();
    const Place aside = put_aside(first.bytes);
    out.push_back({first.from, aside, first.bytes});
    for (Copy& move : moves)
      if (move.from == first.from) move.from = aside;
  }
  return out;
}

}  // namespace gradc::passes
