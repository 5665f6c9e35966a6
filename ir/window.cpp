#include "ir/window.h"

#include <cstdlib>
#include <string>

namespace gradc::ir {

namespace {

using Integers = std::vector<std::int64_t>;

struct Member {
  const char* attribute;
  std::int64_t Window::* member;
};
constexpr Member members[] = {
    {"axes", &Window::axis},      {"starts", &Window::start}, {"counts", &Window::count},
    {"strides", &Window::stride}, {"sizes", &Window::size},   {"dilations", &Window::dilation},
};

/// (times - 1) steps of that length, without overflow: do they fit into `room`?
bool fits(std::int64_t times, std::int64_t step, std::int64_t room) {
  return room >= 0 && (times <= 1 || times - 1 <= room / step);
}

}  // namespace

bool lie_inside(const Window& w, std::int64_t extent) {
  if (w.count < 0 || w.size < 0 || w.stride < 1 || w.dilation == 0) return false;
  if (w.dilation < -extent || w.dilation > extent) return w.size <= 1;
  if (w.count == 0 || w.size == 0) return true;
  const std::int64_t step = std::abs(w.dilation);
  if (!fits(w.size, step, extent - 1)) return false;
  const std::int64_t reach = (w.size - 1) * step;
  const std::int64_t before = w.dilation < 0 ? reach : 0;
  const bool starts_inside = w.start >= before && w.start < extent;
  return starts_inside && fits(w.count, w.stride, extent - 1 - w.start - (reach - before));
}

bool lie_apart(const Window& w) {
  return (w.dilation == 1 || w.size <= 1) && (w.size <= w.stride || w.count <= 1);
}

std::vector<Window> moved_on(std::vector<Window> windows) {
  for (Window& window : windows) ++window.axis;
  return windows;
}

std::vector<AttributeSpec> window_attributes() {
  std::vector<AttributeSpec> out;
  for (const Member& member : members) out.push_back({member.attribute, AttributeKind::integers});
  return out;
}

Attributes to_attributes(std::span<const Window> windows) {
  Attributes out;
  for (const Member& member : members) {
    Integers list;
    for (const Window& window : windows) list.push_back(window.*member.member);
    out.set(member.attribute, std::move(list));
  }
  return out;
}

std::optional<std::vector<Window>> to_windows(const Attributes& attributes) {
  std::vector<Window> out(attributes.get<Integers>("axes").size());
  for (const Member& member : members) {
    const auto& list = attributes.get<Integers>(member.attribute);
    if (list.size() != out.size()) return std::nullopt;
    for (std::size_t i = 0; i < list.size(); ++i) out[i].*member.member = list[i];
  }
  return out;
}

}  // namespace gradc::ir
