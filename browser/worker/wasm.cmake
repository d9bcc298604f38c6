# The core as WebAssembly with its loader: build/wasm/umbra_core.{js,wasm}.
add_executable(umbra_wasm browser/worker/wasm_host.c)
set_target_properties(umbra_wasm PROPERTIES OUTPUT_NAME umbra_core SUFFIX .js
    LINK_DEPENDS ${CMAKE_SOURCE_DIR}/browser/worker/wasm_library.js)
target_link_libraries(umbra_wasm PRIVATE umbra_core)
# The setting got its new name in 3.1.25, and each side of that knows only its own.
if(EMSCRIPTEN_VERSION VERSION_LESS 3.1.25)
    target_link_options(umbra_wasm PRIVATE -sTOTAL_STACK=1048576)
else()
    target_link_options(umbra_wasm PRIVATE -sSTACK_SIZE=1048576)
endif()
target_link_options(umbra_wasm PRIVATE
    --no-entry
    --js-library ${CMAKE_SOURCE_DIR}/browser/worker/wasm_library.js
    -sMODULARIZE=1 -sEXPORT_ES6=1 -sEXPORT_NAME=createUmbraCore -sENVIRONMENT=worker
    -sFILESYSTEM=0 -sALLOW_MEMORY_GROWTH=1 -sMAXIMUM_MEMORY=2147483648
    -sEXPORTED_FUNCTIONS=_malloc,_free,_umbra_submit,_umbra_deliver,_umbra_run,_umbra_close,_umbra_constants
    -sEXPORTED_RUNTIME_METHODS=HEAPU8
    -sINCOMING_MODULE_JS_API=instantiateWasm,umbraHost,print,printErr
    -sSTRICT=1 -sASSERTIONS=0)
configure_file(${CMAKE_SOURCE_DIR}/browser/worker/umbra_core.d.ts ${CMAKE_BINARY_DIR}/umbra_core.d.ts COPYONLY)
