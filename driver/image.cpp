#include "driver/image.h"

#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace gradc::driver {

namespace {

constexpr std::int64_t gap = 2;  // pixels between pictures
constexpr std::byte paper{0x60};

/// Rows of pixels, `channels` bytes each.
struct Canvas {
  std::int64_t width, height, channels;
  Bytes bytes;

  Canvas(std::int64_t w, std::int64_t h, std::int64_t c)
      : width(w), height(h), channels(c), bytes(static_cast<std::size_t>(w * h * c), paper) {}
  std::byte& at(std::int64_t x, std::int64_t y, std::int64_t channel) {
    return bytes[static_cast<std::size_t>((y * width + x) * channels + channel)];
  }
};

std::byte shade(double number) {
  if (std::isnan(number)) return paper;
  return static_cast<std::byte>(std::lround(255 * std::clamp(number, 0.0, 1.0)));
}

Canvas sheet(const ir::Tensor& tensor, const Pictures& p) {
  const auto across =
      std::max<std::int64_t>(1, std::llround(std::ceil(std::sqrt(static_cast<double>(p.count)))));
  const std::int64_t down = (p.count + across - 1) / across;
  Canvas canvas(across * (p.width + gap) + gap, down * (p.height + gap) + gap, p.channels);
  std::int64_t element = 0;
  for (std::int64_t picture = 0; picture < p.count; ++picture)
    for (std::int64_t channel = 0; channel < p.channels; ++channel)
      for (std::int64_t y = 0; y < p.height; ++y)
        for (std::int64_t x = 0; x < p.width; ++x)
          canvas.at(gap + picture % across * (p.width + gap) + x,
                    gap + picture / across * (p.height + gap) + y, channel) =
              shade(tensor.real(element++));
  return canvas;
}

// ---- PNG: ISO/IEC 15948 ------------------------------------------------------------------------

void append_number(Bytes& out, std::uint64_t number) {
  for (int shift = 24; shift >= 0; shift -= 8)
    out.push_back(static_cast<std::byte>(number >> shift & 0xff));
}

const Bytef* pointer(const Bytes& bytes, std::size_t from = 0) {
  return reinterpret_cast<const Bytef*>(bytes.data() + from);
}

/// Length, name, content, and the checksum of the two latter.
void append_chunk(Bytes& out, std::string_view name, const Bytes& content) {
  append_number(out, content.size());
  const std::size_t start = out.size();
  for (const char c : name) out.push_back(static_cast<std::byte>(c));
  out.insert(out.end(), content.begin(), content.end());
  append_number(out, crc32(0, pointer(out, start), static_cast<uInt>(out.size() - start)));
}

Bytes header(const Canvas& canvas) {
  Bytes out;
  append_number(out, static_cast<std::uint64_t>(canvas.width));
  append_number(out, static_cast<std::uint64_t>(canvas.height));
  const int color_type = canvas.channels == 3 ? 2 : 0;
  for (const int byte : {8, color_type, 0, 0, 0}) out.push_back(static_cast<std::byte>(byte));
  return out;
}

/// Every row is preceded by the number of its filter, 0: none.
Bytes compressed(const Canvas& canvas) {
  Bytes rows;
  const auto row = static_cast<std::size_t>(canvas.width * canvas.channels);
  for (std::size_t y = 0; y < static_cast<std::size_t>(canvas.height); ++y) {
    rows.push_back(std::byte{0});
    rows.insert(rows.end(), canvas.bytes.begin() + static_cast<std::ptrdiff_t>(y * row),
                canvas.bytes.begin() + static_cast<std::ptrdiff_t>((y + 1) * row));
  }
  uLongf size = compressBound(rows.size());
  Bytes out(size);
  compress2(reinterpret_cast<Bytef*>(out.data()), &size, pointer(rows), rows.size(), 9);
  out.resize(size);
  return out;
}

}  // namespace

std::optional<Pictures> pictures_of(const ir::Type& type) {
  constexpr std::int64_t most_pixels = std::int64_t{1} << 26;
  const ir::Shape& s = type.shape;
  if (!is_float(type.dtype) || type.elements() == 0 || type.elements() > most_pixels)
    return std::nullopt;
  if (s.size() == 3) return Pictures{s[0], 1, s[1], s[2]};
  if (s.size() == 4 && (s[1] == 1 || s[1] == 3)) return Pictures{s[0], s[1], s[2], s[3]};
  if (s.size() != 2) return std::nullopt;
  const std::int64_t side = std::llround(std::sqrt(static_cast<double>(s[1])));
  if (side * side != s[1]) return std::nullopt;
  return Pictures{s[0], 1, side, side};
}

Bytes png_sheet(const ir::Tensor& tensor, const Pictures& pictures) {
  const Canvas canvas = sheet(tensor, pictures);
  Bytes out;
  for (const char byte : std::string_view("\x89PNG\r\n\x1a\n"))
    out.push_back(static_cast<std::byte>(byte));
  append_chunk(out, "IHDR", header(canvas));
  append_chunk(out, "IDAT", compressed(canvas));
  append_chunk(out, "IEND", {});
  return out;
}

}  // namespace gradc::driver
