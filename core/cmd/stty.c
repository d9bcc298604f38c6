/* stty: how the terminal behaves. POSIX.1-2017 stty, of its operands only size, sane, raw, cooked, echo,
 * icanon, isig, cols and rows; -g prints what can be given back. */
#include <string.h>

#include "cmd/command.h"
#include "kernel/terminal.h"

static const char help[] =
    "Usage: stty [-F DEVICE] [SETTING]...\n"
    "  or:  stty [-a|-g]\n"
    "Show or set how the terminal behaves: size, sane, raw, -raw, cooked, echo, -echo, icanon,\n"
    "-icanon, isig, -isig.\n"
    "\n"
    "  -a, --all          show everything\n"
    "  -g, --save         show it in a form that stty takes\n"
    "  -F, --file=DEVICE  this terminal, not the standard input\n"
    "      --help         this text\n"
    "      --version      the version\n";

struct stty {
    struct cmd_base base;
    int number; /* of the terminal */
    bool all, save;
    int i;
};

static const struct setting {
    const char *name;
    bool lines, echo, signals;          /* what it touches */
    bool lines_on, echo_on, signals_on; /* and how it is then */
} settings[] = {
    {"sane", true, true, true, true, true, true},         {"cooked", true, false, true, true, false, true},
    {"-raw", true, false, true, true, false, true},       {"raw", true, false, true, false, false, false},
    {"-cooked", true, false, true, false, false, false},  {"echo", false, true, false, false, true, false},
    {"-echo", false, true, false, false, false, false},   {"icanon", true, false, false, true, false, false},
    {"-icanon", true, false, false, false, false, false}, {"cbreak", true, false, false, false, false, false},
    {"-cbreak", true, false, false, true, false, false},  {"isig", false, false, true, false, false, true},
    {"-isig", false, false, true, false, false, false}};

static bool apply(const struct setting *setting, struct k_terminal_mode *mode)
{
    if (setting->lines) mode->lines = setting->lines_on;
    if (setting->echo) mode->echo = setting->echo_on;
    if (setting->signals) mode->signals = setting->signals_on;
    return true;
}

/* "umbra:7", as -g printed it. */
static bool apply_saved(const char *text, struct k_terminal_mode *mode)
{
    static const char head[] = "umbra:";
    unsigned bits;

    if (strncmp(text, head, sizeof head - 1) != 0) return false;
    text += sizeof head - 1;
    if (*text < '0' || *text > '7' || text[1]) return false;
    bits = (unsigned)(*text - '0');
    *mode = (struct k_terminal_mode){(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0};
    return true;
}

static void put_size(struct k_process *process, const struct stty *state, bool words)
{
    unsigned columns = 0, rows = 0;

    k_terminal_size(process, state->number, &columns, &rows);
    cmd_printf(process, words ? "speed 38400 baud; rows %u; columns %u;\n" : "%u %u\n", rows, columns);
}

static void put_mode(struct k_process *process, const struct stty *state, const struct k_terminal_mode *mode)
{
    if (state->save) {
        cmd_printf(process, "umbra:%d\n", mode->lines + 2 * mode->echo + 4 * mode->signals);
        return;
    }
    if (state->all)
        put_size(process, state, true);
    else
        cmd_put_string(process, "speed 38400 baud;\n");
    cmd_printf(process, "%sicanon %secho %sisig\n", mode->lines ? "" : "-", mode->echo ? "" : "-",
               mode->signals ? "" : "-");
}

/* An operand; false: it is none, which is said. */
static bool set(struct k_process *process, const struct stty *state, const char *word)
{
    struct k_terminal_mode mode;
    bool known = false;
    size_t i;

    if (strcmp(word, "size") == 0) {
        put_size(process, state, false);
        return true;
    }
    k_terminal_get(process, state->number, &mode);
    for (i = 0; i < sizeof settings / sizeof settings[0] && !known; i++)
        known = strcmp(settings[i].name, word) == 0 && apply(&settings[i], &mode);
    if (known || apply_saved(word, &mode)) {
        k_terminal_set(process, state->number, &mode);
        return true;
    }
    cmd_error(process, "invalid argument %s", cmd_quote(process, word));
    cmd_try_help(process);
    return false;
}

/* Options by hand: operands begin with "-" too. Where the operands begin; 0: over. */
static int read_options(struct k_process *process, struct stty *state)
{
    const char *device = NULL;
    int i;

    for (i = 1; i < process->argc; i++) {
        const char *word = process->argv[i];
        if (strcmp(word, "--help") == 0) {
            cmd_put_string(process, help);
            return 0;
        }
        if (strcmp(word, "--version") == 0) {
            cmd_printf(process, "stty (Umbra) " UMBRA_VERSION "\n");
            return 0;
        }
        if (strcmp(word, "-a") == 0 || strcmp(word, "--all") == 0)
            state->all = true;
        else if (strcmp(word, "-g") == 0 || strcmp(word, "--save") == 0)
            state->save = true;
        else if (strcmp(word, "-F") == 0 && i + 1 < process->argc)
            device = process->argv[++i];
        else if (strncmp(word, "--file=", 7) == 0)
            device = word + 7;
        else
            break;
    }
    if (device) state->number = k_open_number(process, device, FS_READ, 0);
    if (state->number < 0)
        cmd_path_error(process, device, state->number);
    else if (!k_is_terminal(process, state->number))
        cmd_error(process, "%s: %s", device ? cmd_quote_colon(process, device) : "'standard input'",
                  k_error_text(UMBRA_ENOTTY));
    else
        return i;
    return 0;
}

static enum k_progress stty_run(struct k_process *process)
{
    struct stty *state = process->state;
    struct k_terminal_mode mode;

    CO_BEGIN(process);
    state->i = read_options(process, state);
    if (state->i && state->i == process->argc) {
        k_terminal_get(process, state->number, &mode);
        put_mode(process, state, &mode);
    }
    while (state->i && state->i < process->argc && set(process, state, process->argv[state->i])) {
        state->i++;
        CMD_RELIEVE(process);
    }
    CMD_END(process);
}

CMD_PROGRAM(stty, struct stty, stty_run, help);
