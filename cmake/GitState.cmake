# gradus_git_state(TARGET): TARGET may include git_state.h, which tells the state of the source tree and is looked at in every
# build. Run as a script (cmake -DSOURCE= -DOUTPUT= -P GitState.cmake) this file writes that header where it has changed.

if(CMAKE_SCRIPT_MODE_FILE)
  cmake_minimum_required(VERSION 3.25)
  set(failed TRUE)
  if(EXISTS ${SOURCE}/.git)  # else it may lie within somebody else's checkout
    execute_process(COMMAND ${CMAKE_COMMAND} -E env GIT_OPTIONAL_LOCKS=0
      git -C ${SOURCE} describe --always --dirty --exclude=* --abbrev=12
      OUTPUT_VARIABLE state OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  endif()
  if(failed)
    set(state "")
  endif()
  file(CONFIGURE OUTPUT ${OUTPUT} CONTENT "#define GRADUS_GIT_STATE \"${state}\"\n" @ONLY)
  return()
endif()

set(GRADUS_GIT_STATE_SCRIPT ${CMAKE_CURRENT_LIST_FILE})
function(gradus_git_state target)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/generated)
  add_custom_target(${target}_git_state
    COMMAND ${CMAKE_COMMAND} -DSOURCE=${PROJECT_SOURCE_DIR} -DOUTPUT=${folder}/git_state.h -P ${GRADUS_GIT_STATE_SCRIPT}
    BYPRODUCTS ${folder}/git_state.h
    COMMENT "Looking at the state of the source tree"
    VERBATIM)
  add_dependencies(${target} ${target}_git_state)
  target_include_directories(${target} PRIVATE ${folder})
endfunction()
