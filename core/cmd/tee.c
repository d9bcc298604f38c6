/* tee: copies of the standard input. POSIX.1-2017 tee, with GNU coreutils 9.1's -p and --output-error. */
#include <string.h>

#include "cmd/command.h"

static const char help[] = "Usage: tee [OPTION]... [FILE]...\n"
                           "Copy the standard input to each FILE and to the standard output.\n"
                           "\n"
                           "  -a, --append             add to the files, do not write over them\n"
                           "  -i, --ignore-interrupts  go on after an interrupt signal\n"
                           "  -p                       say what goes wrong with writing, but not to pipes\n"
                           "      --output-error[=MODE]  warn, warn-nopipe, exit, exit-nopipe\n"
                           "      --help               this text\n"
                           "      --version            the version\n";

enum { OUTPUT_ERROR = 256 };

static const struct cmd_option options[] = {{'a', "append", CMD_NOTHING},
                                            {'i', "ignore-interrupts", CMD_NOTHING},
                                            {'p', NULL, CMD_NOTHING},
                                            {OUTPUT_ERROR, "output-error", CMD_MAY_VALUE},
                                            {0}};

/* How an output that takes no more is met. */
enum mode { SIGNAL, WARN, WARN_NOPIPE, EXIT, EXIT_NOPIPE };

struct copy {
    const char *name;
    int number; /* -1: it takes no more */
};

struct tee {
    struct cmd_base base;
    struct cmd_input input;
    bool append;
    enum mode mode;
    struct copy *copies;
    int count, current;
    size_t written; /* of what was read, to the current one */
};

static bool take_option(struct k_process *process, int letter, const char *value)
{
    static const char *const modes[] = {"warn", "warn-nopipe", "exit", "exit-nopipe"};
    struct tee *tee = process->state;
    int i;

    tee->append |= letter == 'a';
    if (letter == 'i') k_ignore(process, K_SIGINT);
    if (letter == 'p' || letter == OUTPUT_ERROR) tee->mode = WARN_NOPIPE;
    if (letter != OUTPUT_ERROR || value == NULL) return true;
    for (i = 0; i < 4; i++) {
        if (strcmp(modes[i], value) != 0) continue;
        tee->mode = (enum mode)(i + 1);
        return true;
    }
    cmd_error(process, "invalid argument %s for '--output-error'", cmd_quote(process, value));
    cmd_put_error_text(process, "Valid arguments are:\n  - 'warn'\n  - 'warn-nopipe'\n  - 'exit'\n"
                                "  - 'exit-nopipe'\n");
    cmd_try_help(process);
    return false;
}

static bool begin(struct k_process *process, struct tee *tee)
{
    unsigned flags = FS_WRITE | FS_CREATE | (tee->append ? FS_APPEND : FS_TRUNCATE);
    int i;

    if (tee->mode != SIGNAL) k_ignore(process, K_SIGPIPE);
    tee->count = process->argc;
    tee->copies = arena_zero(&process->arena, (size_t)tee->count * sizeof *tee->copies);
    if (tee->copies == NULL) {
        cmd_out_of_memory(process);
        return false;
    }
    tee->copies[0] = (struct copy){"standard output", 1};
    for (i = 1; i < tee->count; i++) {
        tee->copies[i].name = process->argv[i];
        tee->copies[i].number = k_open_number(process, process->argv[i], flags, 0666);
        if (tee->copies[i].number >= 0) continue;
        cmd_path_error(process, process->argv[i], tee->copies[i].number);
        tee->copies[i].number = -1;
        if (tee->mode == EXIT || tee->mode == EXIT_NOPIPE) return false;
    }
    return true;
}

/* An output failed: false when that is the end. */
static bool give_up(struct k_process *process, struct tee *tee, int code)
{
    struct copy *copy = &tee->copies[tee->current];
    bool nopipe = tee->mode == WARN_NOPIPE || tee->mode == EXIT_NOPIPE;

    copy->number = -1;
    if (code == UMBRA_EPIPE && nopipe) return true;
    if (!k_is_dying(process))
        cmd_error(process, "%s: %s", cmd_quote_colon(process, copy->name), k_error_text(code));
    return tee->mode != EXIT && tee->mode != EXIT_NOPIPE;
}

/* Awaited: writes what was read to all; 1, 0 when there is nobody left to write to. */
static int write_all(struct k_process *process, struct tee *tee)
{
    struct cmd_input *input = &tee->input;
    bool any = false;
    int i;

    for (; tee->current < tee->count; tee->current++, tee->written = 0) {
        size_t size = input->end - input->at;
        while (tee->written < size && tee->copies[tee->current].number >= 0) {
            int64_t put = k_write(process, tee->copies[tee->current].number,
                                  input->bytes + input->at + tee->written, size - tee->written);
            if (put == UMBRA_EAGAIN) return UMBRA_EAGAIN;
            if (put < 0 && !give_up(process, tee, (int)put)) return 0;
            if (put > 0) tee->written += (size_t)put;
        }
    }
    tee->current = 0;
    input->at = input->end;
    for (i = 0; i < tee->count; i++) any |= tee->copies[i].number >= 0;
    return any;
}

static enum k_progress tee_run(struct k_process *process)
{
    struct tee *tee = process->state;
    int64_t got;
    int result;

    CO_BEGIN(process);
    CMD_OPTIONS(process, options, 0, take_option, 1);
    if (!begin(process, tee) || cmd_open_next(process, &tee->input, 0) <= 0) goto done;
    for (;;) {
        CO_AWAIT(process, got, cmd_fill(process, &tee->input));
        if (got <= 0) break;
        CO_AWAIT(process, result, write_all(process, tee));
        if (result <= 0) break;
        CMD_RELIEVE(process);
    }
done:
    CMD_END(process);
}

CMD_PROGRAM(tee, struct tee, tee_run, help);
