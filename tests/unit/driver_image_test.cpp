#include "driver/image.h"

#include <gtest/gtest.h>
#include <zlib.h>

namespace gradc::driver {
namespace {

ir::Type f32(ir::Shape shape) { return {ir::DType::f32, std::move(shape)}; }

std::uint32_t number_at(const Bytes& bytes, std::size_t at) {
  std::uint32_t out = 0;
  for (std::size_t i = 0; i < 4; ++i)
    out = out << 8 | std::to_integer<std::uint32_t>(bytes[at + i]);
  return out;
}

TEST(Image, ReadsShapesAsPictures) {
  const auto expect = [](const ir::Shape& shape, const Pictures& wanted) {
    const auto pictures = pictures_of(f32(shape));
    ASSERT_TRUE(pictures);
    EXPECT_EQ(pictures->count, wanted.count);
    EXPECT_EQ(pictures->channels, wanted.channels);
    EXPECT_EQ(pictures->height, wanted.height);
    EXPECT_EQ(pictures->width, wanted.width);
  };
  expect({5, 784}, {5, 1, 28, 28});
  expect({5, 4, 3}, {5, 1, 4, 3});
  expect({5, 1, 4, 3}, {5, 1, 4, 3});
  expect({5, 3, 4, 2}, {5, 3, 4, 2});
  for (const ir::Shape& shape : {ir::Shape{5, 783}, ir::Shape{7}, ir::Shape{5, 2, 4, 4}})
    EXPECT_FALSE(pictures_of(f32(shape)));
  EXPECT_FALSE(pictures_of({ir::DType::i32, {5, 4, 3}}));
}

/// The sheet of two pictures of one pixel: 2 across, 2 pixels of paper around each.
TEST(Image, SheetIsAPng) {
  ir::Tensor tensor(f32({2, 1, 1}));
  tensor.set_real(0, 1.0);
  tensor.set_real(1, -3.0);  // below black is black
  const Bytes png = png_sheet(tensor, *pictures_of(tensor.type()));
  EXPECT_EQ(text_of(png).substr(0, 8), "\x89PNG\r\n\x1a\n");
  EXPECT_EQ(text_of(png).substr(12, 4), "IHDR");
  constexpr std::uint32_t width = 8, height = 5;
  EXPECT_EQ(number_at(png, 16), width);
  EXPECT_EQ(number_at(png, 20), height);
  const auto* header = reinterpret_cast<const Bytef*>(png.data() + 12);
  EXPECT_EQ(number_at(png, 29), crc32(0, header, 4 + 13));

  constexpr std::size_t data = 8 + 25;  // behind signature and header
  EXPECT_EQ(text_of(png).substr(data + 4, 4), "IDAT");
  std::vector<unsigned char> rows(height * (width + 1));
  uLongf size = rows.size();
  const auto* content = reinterpret_cast<const Bytef*>(png.data() + data + 8);
  ASSERT_EQ(uncompress(rows.data(), &size, content, number_at(png, data)), Z_OK);
  ASSERT_EQ(size, rows.size());
  const auto pixel = [&](std::size_t x, std::size_t y) { return rows[y * (width + 1) + 1 + x]; };
  EXPECT_EQ(pixel(2, 2), 255);
  EXPECT_EQ(pixel(5, 2), 0);
  EXPECT_EQ(pixel(0, 0), 0x60);
  EXPECT_EQ(pixel(7, 4), 0x60);
}

}  // namespace
}  // namespace gradc::driver
