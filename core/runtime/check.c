#include "store/check.h"

#include <inttypes.h>
#include <stdio.h>

#include "umbra.h"

int umbra_check(const struct umbra_host *host, void (*report)(void *context, const char *sentence),
                void *context, char *message, size_t message_size)
{
    struct st_check check;
    struct error error = {0};
    int result = st_check(host, report, context, &check, &error);

    if (result < 0) {
        snprintf(message, message_size, "%s", error.message);
        return result;
    }
    snprintf(message, message_size,
             "%u files of %" PRIu64 " bytes, %u checkpoints; %u pieces of content, %" PRIu64
             " bytes; image %" PRIu64 " bytes, %" PRIu64 " of them free; snapshot %" PRIu64 ", log %" PRIu64,
             check.usage.files, check.usage.bytes, check.checkpoints, check.chunks, check.usage.live_bytes,
             check.usage.image_bytes, check.usage.free_bytes, check.snapshot_bytes, check.log_bytes);
    return check.problems < INT32_MAX ? (int)check.problems : INT32_MAX;
}
