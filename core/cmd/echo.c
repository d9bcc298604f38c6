/* echo: write arguments. POSIX.1-2017 echo, as GNU coreutils 9.1 does it: escapes only with -e. For xargs and
 * find; the shell has its own. */
#include <string.h>

#include "cmd/command.h"

static const char help[] = "Usage: echo [-neE] [STRING]...\n"
                           "Write the STRINGs with a space between them and a newline behind.\n"
                           "\n"
                           "  -n         without the newline\n"
                           "  -e         with \\n, \\t, \\0NNN, \\xHH and the like; \\c ends the output\n"
                           "  -E         without (default)\n"
                           "      --help     this text\n"
                           "      --version  the version\n";

struct echo {
    struct cmd_base base;
    bool no_newline, escapes, ended;
    int i;
};

/* "-n", "-nE"; other words are no options. */
static bool take_options(struct echo *echo, const char *word)
{
    if (word[0] != '-' || word[1] == '\0' || word[1 + strspn(word + 1, "neE")]) return false;
    for (word++; *word; word++) {
        echo->no_newline |= *word == 'n';
        if (*word != 'n') echo->escapes = *word == 'e';
    }
    return true;
}

static int digit_of(char byte)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = byte ? strchr(digits, byte >= 'A' && byte <= 'F' ? byte + 32 : byte) : NULL;
    return at ? (int)(at - digits) : 16;
}

/* A number of at most `most` digits; behind it. */
static const char *put_number(struct k_process *process, const char *at, int base, int most)
{
    int value = 0;

    for (; most && digit_of(*at) < base; most--) value = value * base + digit_of(*at++);
    cmd_put_byte(process, (char)value);
    return at;
}

/* An escape at its backslash; behind it. */
static const char *put_escape(struct k_process *process, struct echo *echo, const char *at)
{
    static const char letters[] = "abefnrtv\\", bytes[] = "\a\b\33\f\n\r\t\v\\";
    const char *found = at[1] ? strchr(letters, at[1]) : NULL;

    if (found) {
        cmd_put_byte(process, bytes[found - letters]);
        return at + 2;
    }
    if (at[1] == 'c') {
        echo->ended = true;
        return at + 2;
    }
    if (at[1] == '0') return put_number(process, at + 2, 8, 3);
    if (digit_of(at[1]) < 8) return put_number(process, at + 1, 8, 3);
    if (at[1] == 'x' && digit_of(at[2]) < 16) return put_number(process, at + 2, 16, 2);
    cmd_put_byte(process, '\\');
    return at + 1;
}

static void put_word(struct k_process *process, struct echo *echo, const char *word)
{
    if (!echo->escapes) cmd_put_string(process, word);
    while (echo->escapes && *word && !echo->ended) {
        size_t length = strcspn(word, "\\");
        cmd_put(process, word, length);
        word += length;
        if (*word) word = put_escape(process, echo, word);
    }
}

static enum k_progress echo_run(struct k_process *process)
{
    struct echo *echo = process->state;

    CO_BEGIN(process);
    if (process->argc == 2 && strcmp(process->argv[1], "--help") == 0) {
        cmd_put_string(process, help);
        goto done;
    }
    if (process->argc == 2 && strcmp(process->argv[1], "--version") == 0) {
        cmd_printf(process, "echo (Umbra) " UMBRA_VERSION "\n");
        goto done;
    }
    for (echo->i = 1; echo->i < process->argc && take_options(echo, process->argv[echo->i]);) echo->i++;
    while (echo->i < process->argc && !echo->ended) {
        put_word(process, echo, process->argv[echo->i]);
        if (++echo->i < process->argc && !echo->ended) cmd_put_byte(process, ' ');
        CMD_RELIEVE(process);
    }
    if (!echo->no_newline && !echo->ended) cmd_put_byte(process, '\n');
done:
    CMD_END(process);
}

CMD_PROGRAM(echo, struct echo, echo_run, help);
