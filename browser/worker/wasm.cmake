# The core as WebAssembly with its loader: build/wasm/umbra_core.{js,wasm}.
function(umbra_web_program target name)
    add_executable(${target} ${CMAKE_SOURCE_DIR}/browser/worker/wasm_host.c)
    set_target_properties(${target} PROPERTIES OUTPUT_NAME ${name} SUFFIX .js
        LINK_DEPENDS ${CMAKE_SOURCE_DIR}/browser/worker/wasm_library.js)
    target_link_libraries(${target} PRIVATE umbra_core)
    # The setting got its new name in 3.1.25, and each side of that knows only its own.
    if(EMSCRIPTEN_VERSION VERSION_LESS 3.1.25)
        target_link_options(${target} PRIVATE -sTOTAL_STACK=1048576)
    else()
        target_link_options(${target} PRIVATE -sSTACK_SIZE=1048576)
    endif()
    target_link_options(${target} PRIVATE
        --no-entry
        --js-library ${CMAKE_SOURCE_DIR}/browser/worker/wasm_library.js
        -sMODULARIZE=1 -sEXPORT_ES6=1 -sEXPORT_NAME=createUmbraCore -sENVIRONMENT=worker
        -sFILESYSTEM=0 -sINITIAL_MEMORY=4194304 -sALLOW_MEMORY_GROWTH=1 -sMAXIMUM_MEMORY=2147483648
        -sEXPORTED_RUNTIME_METHODS=HEAPU8
        -sINCOMING_MODULE_JS_API=instantiateWasm,umbraHost,print,printErr
        -sSTRICT=1 -sASSERTIONS=0)
endfunction()

umbra_web_program(umbra_wasm umbra_core)
target_link_options(umbra_wasm PRIVATE
    -sEXPORTED_FUNCTIONS=_malloc,_free,_umbra_submit,_umbra_deliver,_umbra_run,_umbra_close,_umbra_constants)

# The benchmark of the store in a browser; built by scripts/bench.mjs only.
umbra_web_program(store_bench_wasm store_bench)
set_target_properties(store_bench_wasm PROPERTIES EXCLUDE_FROM_ALL ON)
target_sources(store_bench_wasm PRIVATE ${CMAKE_SOURCE_DIR}/tests/bench/store/store_bench.c
    ${CMAKE_SOURCE_DIR}/tests/bench/store/web_main.c)
target_include_directories(store_bench_wasm PRIVATE ${CMAKE_SOURCE_DIR}/browser/worker
    ${CMAKE_SOURCE_DIR}/tests/bench/store)
target_link_options(store_bench_wasm PRIVATE -sEXPORTED_FUNCTIONS=_malloc,_free)
configure_file(${CMAKE_SOURCE_DIR}/browser/worker/umbra_core.d.ts ${CMAKE_BINARY_DIR}/umbra_core.d.ts COPYONLY)
