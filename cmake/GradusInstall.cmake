# `cmake --install`: the program, libgradus.a and libgradus.so, the public headers, a package for find_package(gradus) and
# one for pkg-config.

include(CMakePackageConfigHelpers)
set(GRADUS_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/gradus)

install(TARGETS gradus EXPORT gradusTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS gradus_shared EXPORT gradusSharedTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
if(GRADUS_CLI)
  install(TARGETS gradus_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  if(GRADUS_SERVER)
    install(TARGETS gradus_server_cli RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/gradus)
  endif()
endif()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/studies DESTINATION ${CMAKE_INSTALL_DATADIR}/gradus)
install(EXPORT gradusTargets NAMESPACE gradus:: DESTINATION ${GRADUS_PACKAGE_DIR})
install(EXPORT gradusSharedTargets NAMESPACE gradus:: DESTINATION ${GRADUS_PACKAGE_DIR})

configure_package_config_file(
  ${CMAKE_CURRENT_LIST_DIR}/gradusConfig.cmake.in ${PROJECT_BINARY_DIR}/gradusConfig.cmake
  INSTALL_DESTINATION ${GRADUS_PACKAGE_DIR})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/gradusConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/gradusConfig.cmake ${PROJECT_BINARY_DIR}/gradusConfigVersion.cmake
  DESTINATION ${GRADUS_PACKAGE_DIR})

# The folder above lib/pkgconfig, however deep that lies: the prefix may move.
string(REGEX REPLACE "[^/]+" ".." GRADUS_PREFIX_FROM_PKGCONFIG ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
configure_file(${CMAKE_CURRENT_LIST_DIR}/gradus.pc.in ${PROJECT_BINARY_DIR}/gradus.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/gradus.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# Public is what gradus/gradus.h and gradus/c/gradus.h reach; every other header is internal and stays here. Looked up when installing,
# so that a new #include needs no new configuring.
install(CODE "
  set(source_dir \"${PROJECT_SOURCE_DIR}\")
  set(include_dir \"${CMAKE_INSTALL_INCLUDEDIR}\")")
install(SCRIPT ${CMAKE_CURRENT_LIST_DIR}/InstallPublicHeaders.cmake)
