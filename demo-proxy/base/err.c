#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>

int px_fail(struct px_err *err, int code, const char *format, ...)
{
    if (!err) return code;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    err->code = code;
    return code;
}

int px_fail_memory(struct px_err *err)
{
    return px_fail(err, PX_ENOMEM, PX_NO_MEMORY);
}
