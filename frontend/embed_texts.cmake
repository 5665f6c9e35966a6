# The files of a folder as C++ string literals, in the order of their names:
#   cmake -DFOLDER=… -DPREFIX=library/ -DHEADER=frontend/library.h -DFUNCTION=library_files -DTYPE=LibraryFile -DNAMESPACE=… -DOUTPUT=file.cpp -P embed_texts.cmake
# TYPE is a struct of a name and a text.
file(GLOB files ${FOLDER}/*.grad)
list(SORT files)
set(entries "")
foreach(path IN LISTS files)
  get_filename_component(name ${path} NAME)
  file(READ ${path} text)
  string(APPEND entries "      {\"${PREFIX}${name}\", R\"grad(${text})grad\"},\n")
endforeach()
file(WRITE ${OUTPUT} "// Generated from ${FOLDER} by frontend/embed_texts.cmake.
#include \"${HEADER}\"

namespace ${NAMESPACE} {

std::span<const ${TYPE}> ${FUNCTION}() {
  static constexpr ${TYPE} files[] = {
${entries}  };
  return files;
}

}  // namespace ${NAMESPACE}
")
