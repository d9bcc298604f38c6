/* uname: the name of the system. POSIX.1-2017 uname, with GNU's -i -o -p. */
#include "cmd/command.h"

static const char help[] = "Usage: uname [OPTION]...\n"
                           "Print what the system is; -s by default.\n"
                           "\n"
                           "  -a, --all                all of it, but -p and -i\n"
                           "  -s, --kernel-name\n"
                           "  -n, --nodename\n"
                           "  -r, --kernel-release\n"
                           "  -v, --kernel-version\n"
                           "  -m, --machine\n"
                           "  -p, --processor\n"
                           "  -i, --hardware-platform\n"
                           "  -o, --operating-system\n"
                           "      --help               this text\n"
                           "      --version            the version\n";

enum {
    NAME = 1,
    NODE = 2,
    RELEASE = 4,
    VERSION = 8,
    MACHINE = 16,
    PROCESSOR = 32,
    PLATFORM = 64,
    SYSTEM = 128
};

static const struct cmd_option options[] = {{'a', "all", CMD_NOTHING},
                                            {'s', "kernel-name", CMD_NOTHING},
                                            {'n', "nodename", CMD_NOTHING},
                                            {'r', "kernel-release", CMD_NOTHING},
                                            {'v', "kernel-version", CMD_NOTHING},
                                            {'m', "machine", CMD_NOTHING},
                                            {'p', "processor", CMD_NOTHING},
                                            {'i', "hardware-platform", CMD_NOTHING},
                                            {'o', "operating-system", CMD_NOTHING},
                                            {0}};

struct uname {
    struct cmd_base base;
    unsigned parts;
};

static bool take_option(struct k_process *process, int letter, const char *value)
{
    static const struct {
        char letter;
        unsigned parts;
    } letters[] = {{'a', NAME | NODE | RELEASE | VERSION | MACHINE | SYSTEM},
                   {'s', NAME},
                   {'n', NODE},
                   {'r', RELEASE},
                   {'v', VERSION},
                   {'m', MACHINE},
                   {'p', PROCESSOR},
                   {'i', PLATFORM},
                   {'o', SYSTEM}};
    struct uname *state = process->state;
    size_t i;

    (void)value;
    for (i = 0; i < sizeof letters / sizeof letters[0]; i++)
        if (letters[i].letter == letter) state->parts |= letters[i].parts;
    return true;
}

static void put_parts(struct k_process *process, unsigned parts)
{
    static const char *const texts[] = {"Umbra",  "umbra",   UMBRA_VERSION, "#1",
                                        "wasm32", "unknown", "unknown",     "Umbra"};
    bool first = true;
    size_t i;

    if (parts == 0) parts = NAME;
    for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (!(parts & 1u << i)) continue;
        if (!first) cmd_put_byte(process, ' ');
        cmd_put_string(process, texts[i]);
        first = false;
    }
    cmd_put_byte(process, '\n');
}

static enum k_progress uname_run(struct k_process *process)
{
    const struct uname *state = process->state;

    CO_BEGIN(process);
    CMD_OPTIONS(process, options, 0, take_option, 1);
    if (process->argc > 1)
        cmd_extra_operand(process, process->argv[1]);
    else
        put_parts(process, state->parts);
    CMD_END(process);
}

CMD_PROGRAM(uname, struct uname, uname_run, help);
