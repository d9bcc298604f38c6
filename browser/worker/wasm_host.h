/* wasm_host.h: umbra_host.h over the functions of the page's worker, for programs beside the runtime (the
 * benchmarks). */
#ifndef UMBRA_WASM_HOST_H
#define UMBRA_WASM_HOST_H

#include "umbra_host.h"

extern const struct umbra_host umbra_web_host;

#endif
