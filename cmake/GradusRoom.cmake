# A room is one folder of gradus/: an object library gradus_<name> and, with tests on, one test program <name>_test.

add_library(gradus_options INTERFACE)
target_compile_features(gradus_options INTERFACE cxx_std_20)
target_include_directories(gradus_options INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)

add_library(gradus_warnings INTERFACE)
# The numerics contract: a product and a sum become one rounding only where fma is written (docs/numerics.md).
target_compile_options(gradus_warnings INTERFACE -ffp-contract=off -Wall -Wextra -Wconversion
  $<$<BOOL:${GRADUS_WERROR}>:-Werror>
  # g++ 12 warns wrongly about "literal" + std::string (GCC bug 105651, mended in 13).
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>)

# Not with a compiler launcher such as ccache: what that keeps is worth more, and it finds less beside a precompiled header. Not by
# g++ 12 either, which gains little by it and forgets -Wno-restrict.
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang" AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(GRADUS_PCH_DEFAULT ON)
else()
  set(GRADUS_PCH_DEFAULT OFF)
endif()
option(GRADUS_PCH "Precompile the headers that most sources include: a quarter of their compiling" ${GRADUS_PCH_DEFAULT})
mark_as_advanced(GRADUS_PCH)
set(GRADUS_COMMON_HEADERS <algorithm> <array> <cmath> <cstdint> <filesystem> <functional> <memory> <optional> <span> <string>
  <string_view> <variant> <vector> <fmt/format.h>)

# gradus_room(NAME nn SOURCES a.cpp ... TESTS a_test.cpp ... NEEDS core kernels LIBRARIES fmt::fmt [TEXT] [PROGRAM] [UNHARDENED])
# TEXT: it writes texts for people and nothing waits for it; at -O1 it builds in two thirds of the time.
# PROGRAM: the program alone links it, not libgradus.
# UNHARDENED: without the checks of GradusHardening.cmake, for inner loops whose callers have checked every size.
function(gradus_room)
  cmake_parse_arguments(ROOM "TEXT;PROGRAM;UNHARDENED" "NAME" "SOURCES;TESTS;NEEDS;LIBRARIES" ${ARGN})
  set(needs ${ROOM_NEEDS})
  list(TRANSFORM needs PREPEND gradus_)

  add_library(gradus_${ROOM_NAME} OBJECT ${ROOM_SOURCES})
  set_target_properties(gradus_${ROOM_NAME} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_link_libraries(gradus_${ROOM_NAME} PUBLIC gradus_options PRIVATE gradus_warnings ${ROOM_LIBRARIES})
  if(NOT ROOM_UNHARDENED)
    target_link_libraries(gradus_${ROOM_NAME} PRIVATE gradus_hardening)
  endif()
  if(GRADUS_PCH AND fmt::fmt IN_LIST ROOM_LIBRARIES)
    target_precompile_headers(gradus_${ROOM_NAME} PRIVATE ${GRADUS_COMMON_HEADERS})
  endif()
  if(ROOM_TEXT)
    target_compile_options(gradus_${ROOM_NAME} PRIVATE $<$<CONFIG:Release>:-O1>)
  endif()
  if(NOT ROOM_PROGRAM)
    target_sources(gradus PRIVATE $<TARGET_OBJECTS:gradus_${ROOM_NAME}>)
    target_link_libraries(gradus PRIVATE ${ROOM_LIBRARIES})
  endif()

  if(GRADUS_TESTS AND ROOM_TESTS)
    add_executable(${ROOM_NAME}_test ${ROOM_TESTS})
    target_link_libraries(${ROOM_NAME}_test PRIVATE
      gradus_${ROOM_NAME} ${needs} ${ROOM_LIBRARIES} gradus_warnings gradus_test_support GTest::gmock_main)
    target_compile_options(${ROOM_NAME}_test PRIVATE $<$<CONFIG:Release>:-O1>)  # built often, run in seconds
    if(GRADUS_PCH)
      target_precompile_headers(${ROOM_NAME}_test PRIVATE <gmock/gmock.h>)
    endif()
    gtest_discover_tests(${ROOM_NAME}_test NO_PRETTY_VALUES DISCOVERY_TIMEOUT 60 PROPERTIES LABELS unit)
  endif()
endfunction()
