#pragma once
/// What the driver's tests share: a folder to write in, and matchers for reports.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "driver/data/files.h"

namespace gradc::driver {

/// A new folder that goes away with its contents.
class Scratch {
 public:
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "gradc-test-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~Scratch() { std::filesystem::remove_all(folder_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  const std::string& folder() const { return folder_; }
  std::string path(const std::string& name) const { return folder_ + "/" + name; }

  std::string write(const std::string& name, std::string_view text) const {
    std::ofstream(path(name), std::ios::binary) << text;
    return path(name);
  }
  std::string write_gzip(const std::string& name, std::string_view text) const {
    const gzFile file = gzopen(path(name).c_str(), "wb");
    gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
    gzclose(file);
    return path(name);
  }
  std::string read(const std::string& name) const {
    std::ifstream file(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::size_t count() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder_),
                                                  std::filesystem::directory_iterator()));
  }

 private:
  std::string folder_;
};

/// Exactly one report was made: `message`, with `part` in its text or its notes.
inline testing::AssertionResult reported(const ir::Diagnostics& diagnostics, ir::Message message,
                                         std::string_view part = "") {
  const std::string all = ir::render(diagnostics);
  if (diagnostics.all().size() != 1)
    return testing::AssertionFailure() << "not one report:\n" << all;
  if (diagnostics.all()[0].message != message)
    return testing::AssertionFailure() << "another report:\n" << all;
  if (all.find(part) == std::string::npos)
    return testing::AssertionFailure() << "not `" << part << "`:\n" << all;
  return testing::AssertionSuccess();
}

}  // namespace gradc::driver
