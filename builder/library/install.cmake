# cmake --install: the program, the libraries, their headers, a CMake package and pkg-config files. The libraries are
# made of the same objects as the program; MBUILD_STATIC installs archives in their place.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

option(MBUILD_STATIC "Install static libraries instead of shared ones" OFF)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/mbuild)
set(library_dir ${CMAKE_SOURCE_DIR}/builder/library)
set(include_dirs $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/mbuild>)
set(abi 0)  # MBUILD_ABI in mbuild.h

# mbuild_shared(NAME ARCHIVE...): a shared library of everything in the archives.
function(mbuild_shared name)
  add_library(${name} SHARED $<TARGET_OBJECTS:mbuild_nothing>)
  foreach(archive IN LISTS ARGN)
    add_dependencies(${name} ${archive})
    target_link_options(${name} PRIVATE
      "LINKER:--whole-archive,$<TARGET_FILE:${archive}>,--no-whole-archive")
    set_property(TARGET ${name} APPEND PROPERTY LINK_DEPENDS $<TARGET_FILE:${archive}>)
  endforeach()
  target_link_options(${name} PRIVATE "LINKER:--version-script=${library_dir}/library.map" "LINKER:--no-undefined")
  set_property(TARGET ${name} APPEND PROPERTY LINK_DEPENDS ${library_dir}/library.map)
  set_target_properties(${name} PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${abi} LINKER_LANGUAGE CXX)
endfunction()

# mbuild_component(NAME TARGET...): the targets as mbuild::NAME.
function(mbuild_component name)
  set_target_properties(${ARGV1} PROPERTIES EXPORT_NAME ${name})
  target_include_directories(${ARGV1} INTERFACE ${include_dirs})
  target_compile_features(${ARGV1} INTERFACE cxx_std_23)
  install(TARGETS ${ARGN} EXPORT mbuild-${name} COMPONENT ${name} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(EXPORT mbuild-${name} NAMESPACE mbuild:: DESTINATION ${package_dir} COMPONENT ${name})
endfunction()

if(MBUILD_STATIC)
  set_target_properties(mbuild_registry PROPERTIES EXPORT_NAME registry)
  mbuild_component(parser mbuild_parser)
  mbuild_component(builder mbuild_builder mbuild_registry)
  set(MBUILD_PC_LIBS "-lmbuild_builder -lmbuild_registry -lmbuild_parser -lfmt -lstdc++ -lm")
  set(MBUILD_PC_REQUIRES "Requires: libarchive libcap libcrypto libisal libseccomp libssl libzstd cpp-httplib")
else()
  set(MBUILD_PC_LIBS "-lmbuild")
  file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/nothing.cc "")
  add_library(mbuild_nothing OBJECT ${CMAKE_CURRENT_BINARY_DIR}/nothing.cc)
  mbuild_shared(mbuild_parser_shared mbuild_parser)
  set_target_properties(mbuild_parser_shared PROPERTIES OUTPUT_NAME mbuild_parser)
  mbuild_shared(mbuild_library mbuild_parser mbuild_registry mbuild_builder)
  set_target_properties(mbuild_library PROPERTIES OUTPUT_NAME mbuild)
  target_link_libraries(mbuild_library PRIVATE fmt::fmt OpenSSL::SSL OpenSSL::Crypto PkgConfig::ARCHIVE PkgConfig::CAP
    PkgConfig::ISAL PkgConfig::SECCOMP PkgConfig::ZSTD PkgConfig::HTTPLIB Threads::Threads)
  mbuild_component(parser mbuild_parser_shared)
  mbuild_component(builder mbuild_library)
endif()

set(parser_headers ast ast_json diagnostic directives environment excerpt expand expandable findings format frontend
  ignore_file lint lint_config meaning mount outline parse print remote_source source stage_drawing stage_references
  stage_walk stages text_edit)
list(TRANSFORM parser_headers PREPEND ${CMAKE_SOURCE_DIR}/parser/)
list(TRANSFORM parser_headers APPEND .h)
file(GLOB builder_headers ${CMAKE_SOURCE_DIR}/builder/*.h)  # the facade: a header lies there to be installed
set(base_headers ${CMAKE_SOURCE_DIR}/registry/base/result.h ${CMAKE_SOURCE_DIR}/registry/base/fd.h)
install(FILES ${parser_headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/mbuild/parser COMPONENT parser)
install(FILES ${builder_headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/mbuild/builder COMPONENT builder)
install(FILES ${base_headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/mbuild/registry/base COMPONENT builder)
install(FILES ${library_dir}/mbuild.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT builder)
install(TARGETS mbuild COMPONENT program)
install(FILES ${CMAKE_SOURCE_DIR}/LICENSE ${CMAKE_SOURCE_DIR}/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR}
  COMPONENT program)

configure_package_config_file(${library_dir}/mbuild-config.cmake.in mbuild-config.cmake
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(mbuild-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/mbuild-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/mbuild-config-version.cmake
  DESTINATION ${package_dir} COMPONENT parser)
# Wherever the whole is moved to.
file(RELATIVE_PATH MBUILD_PC_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
foreach(file mbuild.pc mbuild-parser.pc)
  configure_file(${library_dir}/${file}.in ${file} @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${file} DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT parser)
endforeach()
