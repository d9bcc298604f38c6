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
