# `cmake --install`: the program, libgradus.a, the public headers, and a package for find_package(gradus).

include(CMakePackageConfigHelpers)
set(GRADUS_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/gradus)

install(TARGETS gradus EXPORT gradusTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
if(GRADUS_CLI)
  install(TARGETS gradus_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/studies DESTINATION ${CMAKE_INSTALL_DATADIR}/gradus)
install(EXPORT gradusTargets NAMESPACE gradus:: DESTINATION ${GRADUS_PACKAGE_DIR})

configure_package_config_file(
  ${CMAKE_CURRENT_LIST_DIR}/gradusConfig.cmake.in ${PROJECT_BINARY_DIR}/gradusConfig.cmake
  INSTALL_DESTINATION ${GRADUS_PACKAGE_DIR})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/gradusConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/gradusConfig.cmake ${PROJECT_BINARY_DIR}/gradusConfigVersion.cmake
  DESTINATION ${GRADUS_PACKAGE_DIR})

# Public is what gradus/gradus.h reaches; every other header is internal and stays here. Looked up when installing,
# so that a new #include needs no new configuring.
install(CODE "
  set(source_dir \"${PROJECT_SOURCE_DIR}\")
  set(include_dir \"${CMAKE_INSTALL_INCLUDEDIR}\")")
install(SCRIPT ${CMAKE_CURRENT_LIST_DIR}/InstallPublicHeaders.cmake)
