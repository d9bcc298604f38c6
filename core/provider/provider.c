#include "provider/provider.h"

#include <stdlib.h>
#include <string.h>

void pv_call_free(struct pv_call *call)
{
    free(call->url);
    free(call->headers);
    free(call->body);
    memset(call, 0, sizeof *call);
}

const struct provider *pv_find(const char *name)
{
    static const struct provider *const providers[] = {&pv_anthropic};
    size_t i;
    for (i = 0; i < sizeof providers / sizeof providers[0]; i++)
        if (strcmp(providers[i]->name, name) == 0) return providers[i];
    return NULL;
}
