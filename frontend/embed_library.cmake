# cmake -DOUTPUT=file.cpp -P embed_library.cmake: the library's files as C++ string literals.
file(GLOB files ${CMAKE_CURRENT_LIST_DIR}/library/*.grad)
list(SORT files)
set(entries "")
foreach(path IN LISTS files)
  get_filename_component(name ${path} NAME)
  file(READ ${path} text)
  string(APPEND entries "    {\"library/${name}\", R\"grad(${text})grad\"},\n")
endforeach()
file(WRITE ${OUTPUT} "// Generated from frontend/library by frontend/embed_library.cmake.
#include \"frontend/library.h\"

namespace gradc::frontend {

std::span<const LibraryFile> library_files() {
  static constexpr LibraryFile files[] = {
${entries}  };
  return files;
}

}  // namespace gradc::frontend
")
