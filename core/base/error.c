#include "base/error.h"

#include <stdio.h>

#include "base/utf8.h"

const char *umbra_error_name(int code)
{
    switch (code) {
#define ERROR_NAME(name, number, text)                                                                       \
    case number:                                                                                             \
        return #name;
        UMBRA_ERRORS(ERROR_NAME)
#undef ERROR_NAME
    default:
        return code == 0 ? "OK" : "E?";
    }
}

const char *umbra_error_text(int code)
{
    switch (code) {
#define ERROR_TEXT(name, number, text)                                                                       \
    case number:                                                                                             \
        return text;
        UMBRA_ERRORS(ERROR_TEXT)
#undef ERROR_TEXT
    default:
        return code == 0 ? "success" : "unknown error";
    }
}

int error_set(struct error *error, int code, const char *format, ...)
{
    va_list arguments;
    int written;

    if (error == NULL) return code;
    error->code = code;
    va_start(arguments, format);
    written = vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    if (written >= (int)sizeof error->message) {
        size_t end = utf8_floor(error->message, sizeof error->message - 1);
        error->message[end] = '\0';
    }
    return code;
}

int error_memory(struct error *error)
{
    return error_set(error, UMBRA_ENOMEM, "out of memory; close other work or raise the memory limit");
}
