# One libFuzzer target a file: tests/fuzz/fuzz_<what>.c with its seeds in tests/fuzz/corpus/<what>/.
file(GLOB FUZZ_TARGETS CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/fuzz/fuzz_*.c)
foreach(source ${FUZZ_TARGETS})
    get_filename_component(name ${source} NAME_WE)
    add_executable(${name} ${source})
    if(name MATCHES "^fuzz_proxy_")
        target_link_libraries(${name} PRIVATE demo_proxy_core)
    else()
        target_link_libraries(${name} PRIVATE umbra_core)
    endif()
    if(name MATCHES "^fuzz_(archive|commit_record|image|import|shell_script|superblock|tool_input)$") # the tests' host in memory
        target_sources(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/unit/support/memory_host.c
                                       ${CMAKE_SOURCE_DIR}/tests/unit/support/shadow.c)
        target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/unit/support)
    endif()
    if(name STREQUAL "fuzz_shell_line_editor") # the tests' screen
        target_sources(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/unit/support/screen.c)
        target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/unit/support)
    endif()
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
endforeach()

# Makes the seeds of fuzz_image and fuzz_superblock anew, when the format of the image changes.
set(support ${CMAKE_SOURCE_DIR}/tests/unit/support)
add_executable(make_seeds tests/fuzz/make_seeds.c ${support}/memory_host.c ${support}/store_workload.c)
target_include_directories(make_seeds PRIVATE ${support})
target_link_libraries(make_seeds PRIVATE umbra_core)
