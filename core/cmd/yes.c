/* yes: write a line again and again. GNU coreutils 9.1, "yes invocation". */
#include <string.h>

#include "cmd/command.h"

static const char help[] = "Usage: yes [STRING]...\n"
                           "Write a line with all STRING(s), or 'y', until somebody ends it.\n";

static const struct cmd_option options[] = {{0}};

struct yes {
    struct cmd_base base;
    char *block; /* as many lines as fill one piece */
    size_t size, at;
};

static bool take_option(struct k_process *process, int letter, const char *value)
{
    (void)process;
    (void)letter;
    (void)value;
    return true;
}

static bool make_block(struct k_process *process, struct yes *yes)
{
    struct buffer line = {0};
    size_t count;
    int i;

    for (i = 1; i < process->argc; i++) {
        if (i > 1) buffer_put_byte(&line, ' ');
        buffer_put_string(&line, process->argv[i]);
    }
    if (process->argc == 1) buffer_put_byte(&line, 'y');
    buffer_put_byte(&line, '\n');
    count = line.size && line.size < CMD_FULL ? CMD_FULL / line.size : 1;
    yes->block = line.failed ? NULL : arena_take(&process->arena, count * line.size);
    for (; yes->block && count; count--) {
        memcpy(yes->block + yes->size, line.data, line.size);
        yes->size += line.size;
    }
    buffer_free(&line);
    return yes->block != NULL;
}

static enum k_progress yes_run(struct k_process *process)
{
    struct yes *yes = process->state;
    int64_t put;

    CO_BEGIN(process);
    CMD_OPTIONS(process, options, 0, take_option, 1);
    make_block(process, yes);
    CMD_NEED(process, yes->block);
    for (;;) {
        CO_AWAIT(process, put, k_write(process, 1, yes->block + yes->at, yes->size - yes->at));
        if (put < 0) break;
        yes->at = (yes->at + (size_t)put) % yes->size;
        CMD_RELIEVE(process);
    }
    if (!k_is_dying(process)) cmd_error(process, "standard output: %s", k_error_text((int)put));
    yes->base.status = 1;
    CMD_END(process);
}

CMD_PROGRAM(yes, struct yes, yes_run, help);
