# Tests in JavaScript, run by node's own test runner: one ctest test for each file, because
# `node --test FOLDER` means different things in different versions of node.
find_program(NODE_PROGRAM NAMES node nodejs)
if(NOT NODE_PROGRAM)
  message(STATUS "No node here: the tests in JavaScript are left out")
endif()

# parley_node_tests(LABEL FOLDER [TIMEOUT seconds]): every *.test.mjs and *.test.js of FOLDER.
function(parley_node_tests label folder)
  cmake_parse_arguments(option "" "TIMEOUT" "" ${ARGN})
  if(NOT NODE_PROGRAM)
    return()
  endif()
  file(GLOB files CONFIGURE_DEPENDS ${folder}/*.test.mjs ${folder}/*.test.js)
  foreach(file IN LISTS files)
    get_filename_component(name ${file} NAME)
    string(REGEX REPLACE "\\.test\\.m?js$" "" name ${name})
    add_test(NAME ${label}.${name} COMMAND ${NODE_PROGRAM} --test ${file})
    set_tests_properties(${label}.${name} PROPERTIES
      LABELS ${label}
      TIMEOUT ${option_TIMEOUT}
      ENVIRONMENT "PARLEY_BIN=${CMAKE_RUNTIME_OUTPUT_DIRECTORY};PARLEY_CHROMIUM=${PARLEY_CHROMIUM};TSAN_OPTIONS=${PARLEY_TSAN_OPTIONS}"
    )
  endforeach()
endfunction()
