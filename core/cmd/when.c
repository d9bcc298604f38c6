#include "cmd/when.h"

void cmd_put_time(struct k_process *process, struct buffer *out, const char *format, int64_t milliseconds)
{
    (void)process;
    (void)format;
    buffer_printf(out, "%lld", (long long)(milliseconds / 1000));
}
