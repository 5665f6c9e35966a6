#include "codegen/native_code.h"

#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/Object/ELFObjectFile.h>
#include <llvm/Object/ObjectFile.h>
#include <llvm/Support/MemoryBuffer.h>

#include <map>

namespace gradc::codegen {

struct NativeCode::Linked {
  std::unique_ptr<llvm::orc::LLJIT> jit;
  std::vector<std::string> objects;
};

NativeCode::NativeCode(std::unique_ptr<Linked> linked) : linked_(std::move(linked)) {}
NativeCode::NativeCode(NativeCode&&) noexcept = default;
NativeCode& NativeCode::operator=(NativeCode&&) noexcept = default;
NativeCode::~NativeCode() = default;

namespace {

llvm::Expected<std::unique_ptr<llvm::orc::LLJIT>> load(const std::vector<std::string>& objects) {
  auto jit = llvm::orc::LLJITBuilder().create();
  if (!jit) return jit.takeError();
  // memcpy and memset are the program's own.
  auto process = llvm::orc::DynamicLibrarySearchGenerator::GetForCurrentProcess(
      (*jit)->getDataLayout().getGlobalPrefix());
  if (!process) return process.takeError();
  (*jit)->getMainJITDylib().addGenerator(std::move(*process));
  for (const std::string& object : objects)
    if (auto error = (*jit)->addObjectFile(llvm::MemoryBuffer::getMemBufferCopy(object, "model")))
      return error;
  return jit;
}

}  // namespace

std::optional<NativeCode> NativeCode::link(std::vector<std::string> objects, std::string& error) {
  auto jit = load(objects);
  if (jit) return NativeCode(std::make_unique<Linked>(Linked{std::move(*jit), std::move(objects)}));
  error = llvm::toString(jit.takeError());
  return std::nullopt;
}

void* NativeCode::find(const std::string& symbol, std::string& error) const {
  auto address = linked_->jit->lookup(symbol);
  if (address) return address->toPtr<void*>();
  error = llvm::toString(address.takeError());
  return nullptr;
}

namespace {

struct Symbol {
  std::string name;
  std::uint64_t section, offset, bytes;
  bool is_exported;
};

/// Of the functions in an object file of ours; nothing on systems that do not use ELF.
std::vector<Symbol> function_symbols(const std::string& bytes) {
  using namespace llvm::object;
  const auto object =
      llvm::cantFail(ObjectFile::createObjectFile(llvm::MemoryBufferRef(bytes, "model")));
  std::vector<Symbol> out;
  if (!object->isELF()) return out;
  for (const SymbolRef& symbol : object->symbols()) {
    if (llvm::cantFail(symbol.getType()) != SymbolRef::ST_Function) continue;
    const bool is_exported = (llvm::cantFail(symbol.getFlags()) & SymbolRef::SF_Global) != 0;
    out.push_back(
        {llvm::cantFail(symbol.getName()).str(), llvm::cantFail(symbol.getSection())->getIndex(),
         llvm::cantFail(symbol.getAddress()), ELFSymbolRef(symbol).getSize(), is_exported});
  }
  return out;
}

/// Only exported symbols can be looked up; the others lie as far from them as in the object.
std::vector<NativeFunction> functions_of(const std::string& object, const NativeCode& code) {
  const std::vector<Symbol> symbols = function_symbols(object);
  std::map<std::uint64_t, std::uint64_t> section_address;
  std::string error;
  for (const Symbol& symbol : symbols) {
    if (!symbol.is_exported || section_address.contains(symbol.section)) continue;
    const auto address = reinterpret_cast<std::uint64_t>(code.find(symbol.name, error));
    section_address[symbol.section] = address - symbol.offset;
  }
  std::vector<NativeFunction> out;
  for (const Symbol& symbol : symbols) {
    const auto section = section_address.find(symbol.section);
    if (section != section_address.end())
      out.push_back({symbol.name, section->second + symbol.offset, symbol.bytes});
  }
  return out;
}

}  // namespace

std::vector<NativeFunction> NativeCode::functions() const {
  std::vector<NativeFunction> out;
  for (const std::string& object : linked_->objects)
    for (NativeFunction& function : functions_of(object, *this)) out.push_back(std::move(function));
  return out;
}

}  // namespace gradc::codegen
