# gradus_lab_page(VARIABLE): the page of lab/, built by npm into a folder whose path is put into VARIABLE. Without npm, or
# with GRADUS_LAB off, a page that says so stands in: everything else of the program is there.
find_program(GRADUS_NPM npm)
mark_as_advanced(GRADUS_NPM)
option(GRADUS_LAB "Build the page of gradus lab (wants Node.js 18 and npm)" ON)

function(gradus_lab_page variable)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/page)
  set(lab ${PROJECT_SOURCE_DIR}/lab)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${lab}/src/*)
  list(APPEND sources ${lab}/index.html ${lab}/package.json ${lab}/package-lock.json ${lab}/vite.config.ts
       ${lab}/tsconfig.json)
  set(with $<IF:$<AND:$<BOOL:${GRADUS_LAB}>,$<BOOL:${GRADUS_NPM}>>,npm,none>)
  add_custom_command(
    OUTPUT ${folder}/index.html.gz ${folder}/lab.js.gz ${folder}/lab.css.gz
    COMMAND ${PROJECT_SOURCE_DIR}/tools/lab-page ${with} ${folder}
    DEPENDS ${sources} ${PROJECT_SOURCE_DIR}/tools/lab-page
    COMMENT "Building the page of gradus lab"
    VERBATIM)
  set(${variable} ${folder} PARENT_SCOPE)
endfunction()
