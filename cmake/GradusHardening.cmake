# gradus_hardening: flags that make a mistake in gradus harder to turn into an attack, and builds of one commit the same bytes
# wherever its tree lies. docs/security.md says what each is for; tests/hardening looks at what was built.
option(GRADUS_HARDENING "Checks of stacks, buffers and containers in what is built, and read-only tables" ON)
mark_as_advanced(GRADUS_HARDENING)

add_library(gradus_hardening INTERFACE)
# Texts such as __FILE__ tell no folder of the machine that built. A debugger wants the folders.
target_compile_options(gradus_hardening INTERFACE
  $<$<NOT:$<CONFIG:Debug>>:-ffile-prefix-map=${PROJECT_BINARY_DIR}=build;-ffile-prefix-map=${PROJECT_SOURCE_DIR}=.>)

if(GRADUS_HARDENING)
  include(CheckPIESupported)
  check_pie_supported()  # of programs; rooms are independent of their position for the sake of libgradus.so

  # Fortified calls exist in optimized code alone, and the sanitizers see more without them.
  target_compile_options(gradus_hardening INTERFACE
    -fstack-protector-strong -fstack-clash-protection
    $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=3>)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    target_compile_options(gradus_hardening INTERFACE -fcf-protection)
  elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
    target_compile_options(gradus_hardening INTERFACE -mbranch-protection=standard)
  endif()
  # An index beyond the end of a vector, span, string or array ends the program.
  target_compile_definitions(gradus_hardening INTERFACE _GLIBCXX_ASSERTIONS)
  target_link_options(gradus_hardening INTERFACE LINKER:-z,relro LINKER:-z,now)
endif()
