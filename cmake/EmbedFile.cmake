# gradus_embed_file(VARIABLE FILE SYMBOL): a source made at build time that defines
#   extern const unsigned char SYMBOL[]; extern const std::size_t SYMBOL_size;
# in namespace gradus::internal, with the bytes of FILE. Its path is put into VARIABLE. The same file, run as a script
# (cmake -DINPUT= -DOUTPUT= -DSYMBOL= -P EmbedFile.cmake), writes that source.

if(CMAKE_SCRIPT_MODE_FILE)
  file(READ ${INPUT} bytes HEX)
  file(SIZE ${INPUT} size)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  string(REGEX REPLACE "(................................................................................)"
    "\\1\n" bytes "${bytes}")
  file(WRITE ${OUTPUT} "#include <cstddef>\n\nnamespace gradus::internal {\n"
    "extern const unsigned char ${SYMBOL}[];\nextern const std::size_t ${SYMBOL}_size;\n"
    "const unsigned char ${SYMBOL}[] = {\n${bytes}};\nconst std::size_t ${SYMBOL}_size = ${size};\n"
    "}  // namespace gradus::internal\n")
  return()
endif()

set(GRADUS_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})
function(gradus_embed_file variable file symbol)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.cpp)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DINPUT=${file} -DOUTPUT=${output} -DSYMBOL=${symbol} -P ${GRADUS_EMBED_SCRIPT}
    DEPENDS ${file} ${GRADUS_EMBED_SCRIPT}
    COMMENT "Embedding ${file}"
    VERBATIM)
  set(${variable} ${output} PARENT_SCOPE)
endfunction()
