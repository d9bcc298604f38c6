/* An expression; behind a NUL the value of the variable x, behind another that of y. All others are empty,
 * and what is written is forgotten. */
#include <stdlib.h>

#include "shell/arithmetic.h"

#define STEPS 2000 /* variables that are read: x may be "x+x" */

struct context {
    const char *values[2];
    size_t lengths[2];
    unsigned steps;
};

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static int read_variable(void *context, struct sh_arithmetic_run *run, struct sh_arithmetic_name *name,
                         struct sh_arithmetic_value *value)
{
    struct context *values = context;

    if (values->steps++ > STEPS) return UMBRA_ECANCELLED;
    if (name->subscript) {
        int result = sh_arithmetic_subscript(run, name->subscript, name->subscript_length, &name->index);
        if (result < 0) return result;
        name->has_index = true;
    }
    value->text = "";
    if (name->length == 1 && (name->text[0] == 'x' || name->text[0] == 'y')) {
        value->text = values->values[name->text[0] - 'x'];
        value->length = values->lengths[name->text[0] - 'x'];
    }
    return 0;
}

static int write_variable(void *context, struct sh_arithmetic_run *run, const struct sh_arithmetic_name *name,
                          int64_t value)
{
    return 0;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct memory_account account = {.limit = 64u << 20};
    struct context context = {.values = {"", ""}};
    const struct sh_arithmetic_host host = {&context, read_variable, write_variable};
    const char *text = (const char *)data, *end = text + size, *parts[3] = {"", "", ""};
    struct sh_arithmetic_failure failure;
    struct buffer message = {0};
    size_t lengths[3] = {0}, i;
    struct arena arena;
    int64_t value;
    int result;

    for (i = 0; i < 3 && text < end; i++) {
        const char *border = memchr(text, '\0', (size_t)(end - text));
        parts[i] = text;
        lengths[i] = (size_t)((border ? border : end) - text);
        text += lengths[i] + 1;
    }
    for (i = 0; i < 2; i++) {
        context.values[i] = parts[i + 1];
        context.lengths[i] = lengths[i + 1];
    }
    arena_init(&arena, &account);
    result = sh_arithmetic_evaluate_text(parts[0], lengths[0], &host, &arena, &value, &failure);
    if (result != 0 && result != UMBRA_EINVAL && result != UMBRA_ECANCELLED && result != UMBRA_ENOMEM)
        abort();
    if ((result == UMBRA_EINVAL) != (failure.message != NULL)) abort();
    if (failure.message) sh_arithmetic_describe(&failure, &message);
    buffer_free(&message);
    arena_free(&arena);
    return 0;
}
