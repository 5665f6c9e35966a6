#include "codegen/native_code.h"

#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/Support/MemoryBuffer.h>

namespace gradc::codegen {

struct NativeCode::Linked {
  std::unique_ptr<llvm::orc::LLJIT> jit;
};

NativeCode::NativeCode(std::unique_ptr<Linked> linked) : linked_(std::move(linked)) {}
NativeCode::NativeCode(NativeCode&&) noexcept = default;
NativeCode& NativeCode::operator=(NativeCode&&) noexcept = default;
NativeCode::~NativeCode() = default;

namespace {

llvm::Expected<std::unique_ptr<llvm::orc::LLJIT>> load(const std::string& object) {
  auto jit = llvm::orc::LLJITBuilder().create();
  if (!jit) return jit.takeError();
  // memcpy and memset are the program's own.
  auto process = llvm::orc::DynamicLibrarySearchGenerator::GetForCurrentProcess(
      (*jit)->getDataLayout().getGlobalPrefix());
  if (!process) return process.takeError();
  (*jit)->getMainJITDylib().addGenerator(std::move(*process));
  if (auto error = (*jit)->addObjectFile(llvm::MemoryBuffer::getMemBufferCopy(object, "model")))
    return error;
  return jit;
}

}  // namespace

std::optional<NativeCode> NativeCode::link(const std::string& object, std::string& error) {
  auto jit = load(object);
  if (jit) return NativeCode(std::make_unique<Linked>(Linked{std::move(*jit)}));
  error = llvm::toString(jit.takeError());
  return std::nullopt;
}

void* NativeCode::find(const std::string& symbol, std::string& error) const {
  auto address = linked_->jit->lookup(symbol);
  if (address) return address->toPtr<void*>();
  error = llvm::toString(address.takeError());
  return nullptr;
}

}  // namespace gradc::codegen
