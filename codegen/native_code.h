#pragma once
/// Object code linked into this process.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gradc::codegen {

struct NativeFunction {
  std::string name;
  std::uint64_t address;
  std::uint64_t bytes;
};

/// Lives as long as this object.
class NativeCode {
 public:
  /// Objects that belong together. Nothing and a reason if LLVM refuses: a target other than this
  /// machine, no executable memory.
  static std::optional<NativeCode> link(std::vector<std::string> objects, std::string& error);
  NativeCode(NativeCode&&) noexcept;
  NativeCode& operator=(NativeCode&&) noexcept;
  ~NativeCode();

  /// The address of an exported symbol; null and a reason if there is none.
  void* find(const std::string& symbol, std::string& error) const;

  /// All functions, exported or not.
  std::vector<NativeFunction> functions() const;

 private:
  struct Linked;
  explicit NativeCode(std::unique_ptr<Linked> linked);

  std::unique_ptr<Linked> linked_;
};

}  // namespace gradc::codegen
