# Run by `cmake --install`: copies gradus/gradus.h and gradus/c/gradus.h of source_dir, and each header that they include
# directly or not, to include_dir under the prefix.

set(queue gradus/gradus.h gradus/c/gradus.h)
set(public)
while(queue)
  list(POP_FRONT queue header)
  list(APPEND public ${header})
  file(STRINGS ${source_dir}/${header} includes REGEX "^#include \"gradus/")
  list(TRANSFORM includes REPLACE "^#include \"(.*)\".*" "\\1")
  list(APPEND queue ${includes})
  list(REMOVE_DUPLICATES queue)
  list(REMOVE_ITEM queue ${public})
endwhile()

foreach(header IN LISTS public)
  cmake_path(GET header PARENT_PATH folder)
  file(INSTALL ${source_dir}/${header} DESTINATION "${CMAKE_INSTALL_PREFIX}/${include_dir}/${folder}")
endforeach()
