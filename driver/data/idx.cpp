#include "driver/data/idx.h"

#include <bit>

#include "ir/messages.h"

namespace gradc::driver {

namespace {

using ir::DType;
using ir::Message;

/// An unsigned integer of the size of T, read big-endian.
template <typename T>
T read_big_endian(const std::byte* bytes) {
  using Bits = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;
  Bits bits = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) bits = (bits << 8) | static_cast<Bits>(bytes[i]);
  if constexpr (std::is_floating_point_v<T>)
    return std::bit_cast<T>(bits);
  else
    return static_cast<T>(bits);
}

/// Elements stored as Stored, held as Held.
template <typename Stored, typename Held>
void read_elements(std::span<const std::byte> from, ir::Tensor& to) {
  const std::byte* next = from.data();
  for (Held& element : to.as<Held>()) {
    // NOLINTNEXTLINE(bugprone-signed-char-misuse): the sign of a byte is meant
    element = static_cast<Held>(read_big_endian<Stored>(next));
    next += sizeof(Stored);
  }
}

struct ElementType {
  std::byte code;
  std::int64_t stored_bytes;
  DType dtype;
  void (*read)(std::span<const std::byte>, ir::Tensor&);
};

constexpr ElementType element_types[] = {
    {std::byte{0x08}, 1, DType::u8, read_elements<std::uint8_t, std::uint8_t>},
    {std::byte{0x09}, 1, DType::i32, read_elements<std::int8_t, std::int32_t>},
    {std::byte{0x0B}, 2, DType::i32, read_elements<std::int16_t, std::int32_t>},
    {std::byte{0x0C}, 4, DType::i32, read_elements<std::int32_t, std::int32_t>},
    {std::byte{0x0D}, 4, DType::f32, read_elements<float, float>},
    {std::byte{0x0E}, 8, DType::f64, read_elements<double, double>},
};

const ElementType* find_element_type(std::byte code) {
  for (const ElementType& candidate : element_types)
    if (candidate.code == code) return &candidate;
  return nullptr;
}

}  // namespace

std::optional<ir::Tensor> parse_idx(std::span<const std::byte> bytes, const std::string& name,
                                    ir::Location location, ir::Diagnostics& diagnostics) {
  const auto malformed = [&](const std::string& detail) {
    return diagnostics.report(location, Message::malformed_file, name, "idx", detail);
  };
  if (bytes.size() < 4) return malformed(fmt::format("it ends after {} bytes", bytes.size()));
  if (bytes[0] != std::byte{0} || bytes[1] != std::byte{0})
    return malformed("it does not begin with two zero bytes");
  const ElementType* element = find_element_type(bytes[2]);
  if (!element) return malformed(fmt::format("there is no element type {:#04x}", bytes[2]));
  const auto rank = static_cast<std::size_t>(bytes[3]);
  if (rank == 0) return malformed("it has no axes");
  const std::size_t header = 4 + 4 * rank;
  if (bytes.size() < header)
    return malformed(fmt::format("it ends after {} bytes, within its extents", bytes.size()));

  ir::Type type{element->dtype, {}};
  for (std::size_t axis = 0; axis < rank; ++axis)
    type.shape.push_back(read_big_endian<std::uint32_t>(&bytes[4 + 4 * axis]));
  if (!ir::is_valid(type))
    return diagnostics.report(location, Message::tensor_too_large, type, ir::max_tensor_bytes);

  const std::span<const std::byte> elements = bytes.subspan(header);
  const std::int64_t expected = type.elements() * element->stored_bytes;
  if (std::ssize(elements) != expected)
    return malformed(
        fmt::format("{} takes {} bytes but {} follow the header", type, expected, elements.size()));
  ir::Tensor tensor(std::move(type));
  element->read(elements, tensor);
  return tensor;
}

std::optional<ir::Tensor> read_idx(const std::string& path, ir::Location location,
                                   ir::Diagnostics& diagnostics) {
  const std::optional<Bytes> bytes = read_unzipped_file(path, location, diagnostics);
  if (!bytes) return std::nullopt;
  return parse_idx(*bytes, path, location, diagnostics);
}

}  // namespace gradc::driver
