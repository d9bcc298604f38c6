/* error.h: how a failure travels. A function returns 0 or a negative UMBRA_E… and, when the caller gave a
 * struct error, fills it with a sentence: what happened, to which thing, what to do. */
#ifndef UMBRA_BASE_ERROR_H
#define UMBRA_BASE_ERROR_H

#include <stdarg.h>

#include "umbra.h"

struct error {
    int code; /* 0 or a negative UMBRA_E… */
    char message[512];
};

#if defined(__GNUC__)
#define UMBRA_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define UMBRA_PRINTF(text, first)
#endif

/* Sets code and message and returns code; a NULL error is allowed. The message is cut to fit, at a UTF-8
 * boundary. */
int error_set(struct error *error, int code, const char *format, ...) UMBRA_PRINTF(3, 4);

/* error_set(UMBRA_ENOMEM) with a fixed text; the usual answer to a failed allocation. */
int error_memory(struct error *error);

#endif
