/* A format and arguments with a NUL between any two; and the first one quoted and read again. */
#include <stdlib.h>
#include <string.h>

#include "shell/format.h"
#include "shell/quote.h"

#define ARGUMENTS 6
#define LIMIT     10000

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* $'…' is read back as what it was made of. */
static void check_quotes(const char *text, size_t length)
{
    struct buffer quoted = {0}, again = {0};
    enum sh_quote_style style;

    for (style = SH_QUOTE_BACKSLASH; style <= SH_QUOTE_NEEDED; style++) {
        buffer_clear(&quoted);
        buffer_clear(&again);
        sh_quote(&quoted, text, length, style);
        if (quoted.size < 3 || memcmp(quoted.data, "$'", 2) != 0 || quoted.data[quoted.size - 1] != '\'')
            continue;
        if (length > 0 && memchr(text, '\0', length)) continue;
        sh_unescape(&again, quoted.data + 2, quoted.size - 3, SH_ESCAPES_DOLLAR);
        if (again.size != length || memcmp(again.data, text, length) != 0) {
            if (text[0] != '$') abort(); /* else it may be $\'… */
        }
    }
    for (int kind = SH_ESCAPES_DOLLAR; kind <= SH_ESCAPES_BYTES; kind++) {
        buffer_clear(&again);
        sh_unescape(&again, text, length, (enum sh_escapes)kind);
        if (again.size > 4 * length) abort();
    }
    buffer_free(&quoted);
    buffer_free(&again);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct sh_format_argument arguments[ARGUMENTS];
    struct sh_format format = {.arguments = arguments, .limit = LIMIT, .now = 1700000000};
    struct buffer output = {0}, messages = {0};
    const char *at = (const char *)data, *end = at + size;
    int result;

    while (at < end && format.count < ARGUMENTS) {
        const char *border = memchr(at, '\0', (size_t)(end - at));
        if (border == NULL) border = end;
        if (format.format == NULL) {
            format.format = at;
            format.length = (size_t)(border - at);
        } else {
            arguments[format.count++] = (struct sh_format_argument){at, (size_t)(border - at)};
        }
        at = border + 1;
    }
    if (format.format == NULL) return 0;
    result = sh_format(&format, &output, &messages);
    if (result != 0 && result != 1 && result != UMBRA_ELIMIT) abort();
    if (output.size > LIMIT) abort();
    if (result == UMBRA_ELIMIT && messages.size == 0) abort();
    check_quotes(format.format, format.length);
    buffer_free(&output);
    buffer_free(&messages);
    return 0;
}
