/* web_main.c: store_bench.h for a worker. */
#include <emscripten/emscripten.h>

#include "store_bench.h"
#include "wasm_host.h"

double web_fill(unsigned files, unsigned size);
double web_reopen(void);
double web_durable(unsigned count, unsigned size);
double web_read(void);
double web_checkpoint(unsigned count);
double web_changes(unsigned changed, unsigned rounds);
double web_overwrite(unsigned times);
double web_settle(void);
void web_close(void);

EMSCRIPTEN_KEEPALIVE double web_fill(unsigned files, unsigned size)
{
    return bench_fill(&umbra_web_host, files, size);
}

EMSCRIPTEN_KEEPALIVE double web_reopen(void)
{
    return bench_reopen(&umbra_web_host);
}

EMSCRIPTEN_KEEPALIVE double web_durable(unsigned count, unsigned size)
{
    return bench_durable(count, size);
}

EMSCRIPTEN_KEEPALIVE double web_read(void)
{
    return bench_read();
}

EMSCRIPTEN_KEEPALIVE double web_checkpoint(unsigned count)
{
    return bench_checkpoint(count);
}

EMSCRIPTEN_KEEPALIVE double web_changes(unsigned changed, unsigned rounds)
{
    return bench_changes(changed, rounds);
}

EMSCRIPTEN_KEEPALIVE double web_overwrite(unsigned times)
{
    return bench_overwrite(times);
}

EMSCRIPTEN_KEEPALIVE double web_settle(void)
{
    return bench_settle();
}

EMSCRIPTEN_KEEPALIVE void web_close(void)
{
    bench_close();
}
