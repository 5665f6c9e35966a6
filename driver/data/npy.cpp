#include "driver/data/npy.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <charconv>

#include "ir/messages.h"

namespace gradc::driver {

namespace {

using ir::DType;
using ir::Message;

static_assert(std::endian::native == std::endian::little,
              "elements are copied as they lie in the file");

constexpr std::string_view magic = "\x93NUMPY";
constexpr std::int64_t max_rank = 64;

struct ElementType {
  std::string_view description;
  DType dtype;
};
constexpr ElementType element_types[] = {
    {"<f4", DType::f32}, {"<f8", DType::f64}, {"<i4", DType::i32},
    {"<i8", DType::i64}, {"|u1", DType::u8},  {"|b1", DType::boolean},
};

std::optional<DType> find_dtype(std::string_view description) {
  for (const ElementType& candidate : element_types)
    if (candidate.description == description) return candidate.dtype;
  return std::nullopt;
}

std::string_view description_of(DType dtype) {
  return std::ranges::find(element_types, dtype, &ElementType::dtype)->description;
}

/// What the header says; an absent value was not given (yet).
struct Header {
  std::optional<std::string> description;
  std::optional<bool> fortran_order;
  std::optional<ir::Shape> shape;
};

/// Reads the header: a Python dict of exactly three known keys, in any order.
class HeaderParser {
 public:
  explicit HeaderParser(std::string_view text) : rest_(text) {}

  /// Nothing if the text is not such a dict.
  std::optional<Header> parse() {
    Header header;
    if (!take("{")) return std::nullopt;
    while (!take("}")) {
      if (!entry(header)) return std::nullopt;
      if (take(",")) continue;
      if (!take("}")) return std::nullopt;
      break;
    }
    skip_space();
    const bool complete = header.description && header.fortran_order && header.shape;
    return rest_.empty() && complete ? std::optional(header) : std::nullopt;
  }

 private:
  bool entry(Header& header) {
    const std::optional<std::string> key = string();
    if (!key || !take(":")) return false;
    if (*key == "descr" && !header.description) return (header.description = string()).has_value();
    if (*key == "fortran_order" && !header.fortran_order)
      return (header.fortran_order = boolean()).has_value();
    if (*key == "shape" && !header.shape) return (header.shape = shape()).has_value();
    return false;
  }

  std::optional<std::string> string() {
    skip_space();
    const char quote = rest_.empty() ? '\0' : rest_.front();
    if (quote != '\'' && quote != '"') return std::nullopt;
    const std::size_t end = rest_.find(quote, 1);
    if (end == std::string_view::npos) return std::nullopt;
    std::string text(rest_.substr(1, end - 1));
    rest_.remove_prefix(end + 1);
    return text;
  }

  std::optional<bool> boolean() {
    if (take("True")) return true;
    if (take("False")) return false;
    return std::nullopt;
  }

  std::optional<ir::Shape> shape() {
    ir::Shape extents;
    if (!take("(")) return std::nullopt;
    while (!take(")")) {
      const std::optional<std::int64_t> extent = integer();
      if (!extent || *extent < 0 || std::ssize(extents) == max_rank) return std::nullopt;
      extents.push_back(*extent);
      if (take(",")) continue;
      if (!take(")") || extents.size() == 1) return std::nullopt;  // (3) is a number, (3,) a tuple
      break;
    }
    return extents;
  }

  std::optional<std::int64_t> integer() {
    skip_space();
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc()) return std::nullopt;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }

  bool take(std::string_view token) {
    skip_space();
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }

  void skip_space() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
  }

  std::string_view rest_;
};

/// The header's text and what follows it; nothing if the file ends before.
struct Parts {
  std::string_view header;
  std::span<const std::byte> elements;
};
std::optional<Parts> split_file(std::span<const std::byte> bytes, std::size_t length_bytes) {
  const std::size_t before = magic.size() + 2 + length_bytes;
  if (bytes.size() < before) return std::nullopt;
  std::size_t length = 0;
  for (std::size_t i = 0; i < length_bytes; ++i)
    length |= static_cast<std::size_t>(bytes[magic.size() + 2 + i]) << (8 * i);
  if (length > bytes.size() - before) return std::nullopt;
  return Parts{text_of(bytes.subspan(before, length)), bytes.subspan(before + length)};
}

/// Elements of `shape` that lie first axis fastest → last axis fastest.
void copy_from_fortran_order(const std::byte* from, ir::Tensor& to) {
  const ir::Shape& shape = to.type().shape;
  const std::vector<std::int64_t> strides = ir::row_major_strides(shape);
  const auto element = static_cast<std::size_t>(ir::byte_size(to.type().dtype));
  for (std::int64_t count = 0; count < to.size(); ++count, from += element) {
    std::int64_t rest = count;
    std::int64_t position = 0;
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      position += rest % shape[axis] * strides[axis];
      rest /= shape[axis];
    }
    std::memcpy(to.data() + static_cast<std::size_t>(position) * element, from, element);
  }
}

bool are_booleans(std::span<const std::byte> bytes) {
  return std::ranges::all_of(bytes, [](std::byte byte) { return byte <= std::byte{1}; });
}

}  // namespace

std::optional<ir::Tensor> parse_npy(std::span<const std::byte> bytes, const std::string& name,
                                    ir::Location location, ir::Diagnostics& diagnostics) {
  const auto malformed = [&](const std::string& detail) {
    return diagnostics.report(location, Message::malformed_file, name, "npy", detail);
  };
  if (!text_of(bytes).starts_with(magic) || bytes.size() < magic.size() + 2)
    return malformed("it does not begin with `\\x93NUMPY` and a version");
  const int version = static_cast<int>(bytes[magic.size()]);
  if (version < 1 || version > 3) return malformed(fmt::format("there is no version {}", version));
  const std::optional<Parts> parts = split_file(bytes, version == 1 ? 2 : 4);
  if (!parts) return malformed("it ends within its header");
  const std::optional<Header> header = HeaderParser(parts->header).parse();
  if (!header)
    return malformed("its header is not the dict of `descr`, `fortran_order` and `shape`");

  const std::optional<DType> dtype = find_dtype(*header->description);
  if (!dtype)
    return diagnostics.report(location, Message::unsupported_elements, name, *header->description,
                              "<f4, <f8, <i4, <i8, |u1 and |b1");
  const ir::Type type{*dtype, *header->shape};
  if (!ir::is_valid(type))
    return diagnostics.report(location, Message::tensor_too_large, type, ir::max_tensor_bytes);
  if (std::ssize(parts->elements) != type.bytes())
    return malformed(fmt::format("{} takes {} bytes but {} follow the header", type, type.bytes(),
                                 parts->elements.size()));
  if (*dtype == DType::boolean && !are_booleans(parts->elements))
    return malformed("a bool is neither 0 nor 1");

  ir::Tensor tensor(type);
  if (*header->fortran_order)
    copy_from_fortran_order(parts->elements.data(), tensor);
  else
    std::ranges::copy(parts->elements, tensor.data());
  return tensor;
}

std::optional<ir::Tensor> read_npy(const std::string& path, ir::Location location,
                                   ir::Diagnostics& diagnostics) {
  const std::optional<Bytes> bytes = read_unzipped_file(path, location, diagnostics);
  if (!bytes) return std::nullopt;
  return parse_npy(*bytes, path, location, diagnostics);
}

Bytes encode_npy(const ir::Tensor& tensor) {
  const ir::Shape& shape = tensor.type().shape;
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}{}), }}",
                                   description_of(tensor.type().dtype), fmt::join(shape, ", "),
                                   shape.size() == 1 ? "," : "");
  // NumPy wants the elements to begin at a multiple of 64 and the header to end in a newline.
  const std::size_t before = magic.size() + 4;
  header.append(63 - (before + header.size()) % 64, ' ').push_back('\n');

  std::string file(magic);
  file +=
      {'\1', '\0', static_cast<char>(header.size() & 0xFF), static_cast<char>(header.size() >> 8)};
  file += header;
  Bytes bytes(bytes_of(file).begin(), bytes_of(file).end());
  bytes.insert(bytes.end(), tensor.bytes().begin(), tensor.bytes().end());
  return bytes;
}

}  // namespace gradc::driver
