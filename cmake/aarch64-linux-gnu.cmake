# Toolchain file: 64-bit ARM from another machine, on Debian. The compiler is the distribution's cross compiler, the
# libraries are the distribution's for arm64, unpacked under GRADUS_SYSROOT by tools/check-neon, and programs run
# under qemu-user: tests and gtest_discover_tests need not know.

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)

list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES GRADUS_SYSROOT)
set(CMAKE_SYSROOT ${GRADUS_SYSROOT})
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++ CACHE STRING "clang++-14 will do too")
set(CMAKE_CXX_COMPILER_TARGET aarch64-linux-gnu)  # for clang; g++ is made for one target
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64 -L ${GRADUS_SYSROOT})

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
