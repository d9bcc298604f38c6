/* paste: lines of several files side by side. POSIX.1-2017 paste, with GNU coreutils 9.1's -z. */
#include <string.h>

#include "cmd/command.h"

static const char help[] =
    "Usage: paste [OPTION]... [FILE]...\n"
    "Write lines that have the lines of each FILE one after the other, with tabs between them.\n"
    "\n"
    "  -d, --delimiters=LIST  in turn the characters of LIST instead of tabs\n"
    "  -s, --serial           each file as one line\n"
    "  -z, --zero-terminated  lines end with NUL, not newline\n"
    "      --help             this text\n"
    "      --version          the version\n";

static const struct cmd_option options[] = {
    {'d', "delimiters", CMD_VALUE}, {'s', "serial", CMD_NOTHING}, {'z', "zero-terminated", CMD_NOTHING}, {0}};

struct paste {
    struct cmd_base base;
    bool serial;
    char end_of_line;
    const char *list;
    int *delimiters; /* -1: none */
    size_t delimiter_count;
    struct cmd_input *inputs; /* all that begin with "-" share the first of those */
    bool *ended;
    size_t count, current, open;
    size_t put; /* files of this line that had something, and where delimiters are */
    bool any;
};

static bool take_option(struct k_process *process, int letter, const char *value)
{
    struct paste *paste = process->state;

    if (letter == 'd') paste->list = *value ? value : "\\0";
    paste->serial |= letter == 's';
    if (letter == 'z') paste->end_of_line = '\0';
    return true;
}

static bool make_delimiters(struct k_process *process, struct paste *paste)
{
    static const char letters[] = "bfnrtv", values[] = "\b\f\n\r\t\v";
    const char *at;

    paste->delimiters = arena_take(&process->arena, (strlen(paste->list) + 1) * sizeof *paste->delimiters);
    if (paste->delimiters == NULL) {
        cmd_out_of_memory(process);
        return false;
    }
    for (at = paste->list; *at; at++) {
        int delimiter = (unsigned char)*at;
        if (*at == '\\') {
            const char *letter = *++at ? strchr(letters, *at) : NULL;
            if (*at == '\0') {
                cmd_error(process, "delimiter list ends with an unescaped backslash: %s", paste->list);
                return false;
            }
            delimiter = *at == '0' ? -1 : letter ? values[letter - letters] : (unsigned char)*at;
        }
        paste->delimiters[paste->delimiter_count++] = delimiter;
    }
    return true;
}

static void put_delimiter(struct k_process *process, const struct paste *paste, size_t index)
{
    int delimiter = paste->delimiters[index % paste->delimiter_count];
    if (delimiter >= 0) cmd_put_byte(process, (char)delimiter);
}

static bool begin(struct k_process *process, struct paste *paste)
{
    size_t i;

    if (!make_delimiters(process, paste)) return false;
    paste->count = process->argc > 1 ? (size_t)process->argc - 1 : 1;
    paste->inputs = arena_zero(&process->arena, paste->count * sizeof *paste->inputs);
    paste->ended = arena_zero(&process->arena, paste->count * sizeof *paste->ended);
    if (paste->inputs == NULL || paste->ended == NULL) {
        cmd_out_of_memory(process);
        return false;
    }
    for (i = 0; i < paste->count && !paste->serial; i++)
        if (cmd_open_input(process, &paste->inputs[i], process->argc > 1 ? process->argv[i + 1] : "-") < 0)
            return false;
    paste->open = paste->count;
    return true;
}

/* The standard input is one, however often it is named. */
static struct cmd_input *input_of(const struct paste *paste, size_t index)
{
    size_t i;

    if (strcmp(paste->inputs[index].name, "-") != 0) return &paste->inputs[index];
    for (i = 0; strcmp(paste->inputs[i].name, "-") != 0;) i++;
    return &paste->inputs[i];
}

/* Awaited: one line of each file. 1, 0 when all have ended. */
static int put_parallel(struct k_process *process, struct paste *paste)
{
    for (; paste->current < paste->count; paste->current++) {
        size_t i = paste->current, length = 0;
        char *line = NULL;
        int result = 0;
        if (!paste->ended[i])
            result = cmd_read_line(process, input_of(paste, i), paste->end_of_line, &line, &length);
        if (result == UMBRA_EAGAIN) return UMBRA_EAGAIN;
        if (result <= 0) {
            if (!paste->ended[i]) paste->open--;
            paste->ended[i] = true;
            if (paste->open == 0 && !paste->any) return 0;
            continue;
        }
        if (line[length - 1] == paste->end_of_line) length--;
        for (; paste->put < i; paste->put++) put_delimiter(process, paste, paste->put);
        cmd_put(process, line, length);
        paste->any = true;
    }
    if (!paste->any) return 0;
    for (; paste->put + 1 < paste->count; paste->put++) put_delimiter(process, paste, paste->put);
    cmd_put_byte(process, paste->end_of_line);
    paste->current = paste->put = 0;
    paste->any = false;
    return 1;
}

/* Awaited: a part of one file as a line. 1, 0 when all are done. */
static int put_serial(struct k_process *process, struct paste *paste)
{
    struct cmd_input *input = &paste->inputs[0];
    size_t length;
    char *line;
    int result;

    if (!paste->any && paste->put == 0) {
        if (paste->current == paste->count) return 0;
        result = cmd_open_input(
            process, input, process->argc > 1 ? process->argv[++paste->current] : (paste->current++, "-"));
        if (result < 0) return 1;
        paste->any = true;
    }
    result = cmd_read_line(process, input, paste->end_of_line, &line, &length);
    if (result == UMBRA_EAGAIN) return UMBRA_EAGAIN;
    if (result > 0) {
        if (line[length - 1] == paste->end_of_line) length--;
        if (paste->put) put_delimiter(process, paste, paste->put - 1);
        cmd_put(process, line, length);
        paste->put++;
        return 1;
    }
    cmd_put_byte(process, paste->end_of_line);
    paste->put = 0;
    paste->any = false;
    return 1;
}

static enum k_progress paste_run(struct k_process *process)
{
    struct paste *paste = process->state;
    int result;

    CO_BEGIN(process);
    paste->list = "\t";
    paste->end_of_line = '\n';
    CMD_OPTIONS(process, options, 0, take_option, 1);
    if (!begin(process, paste)) goto done;
    for (;;) {
        CO_AWAIT(process, result, paste->serial ? put_serial(process, paste) : put_parallel(process, paste));
        if (result <= 0) break;
        CMD_RELIEVE(process);
    }
done:
    CMD_END(process);
}

CMD_PROGRAM(paste, struct paste, paste_run, help);
