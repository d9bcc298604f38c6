/* options.c: options as GNU's programs take them (GNU C library manual 2.36, "Program Argument Syntax
 * Conventions" and getopt_long), with their messages. */
#include <stdlib.h>
#include <string.h>

#include "cmd/command.h"

static const struct cmd_option *find_letter(const struct cmd_option *table, int letter)
{
    for (; table->letter; table++)
        if (table->letter == letter) return table;
    return NULL;
}

void cmd_try_help(struct k_process *process)
{
    cmd_put_error_text(process, "Try '");
    cmd_put_error_text(process, process->program->name);
    cmd_put_error_text(process, " --help' for more information.\n");
}

static int refuse(struct k_process *process)
{
    cmd_try_help(process);
    return CMD_BAD;
}

static void say_ambiguous(struct k_process *process, const struct cmd_option *table, const char *text,
                          size_t length)
{
    struct buffer list = {0};

    for (; table->letter; table++)
        if (table->name && strncmp(table->name, text, length) == 0)
            buffer_printf(&list, " '--%s'", table->name);
    cmd_error(process, "option '--%.*s' is ambiguous; possibilities:%s", (int)length, text,
              buffer_string(&list));
    buffer_free(&list);
}

/* The option of a long name, which may be cut short. */
static const struct cmd_option *find_name(struct k_process *process, const struct cmd_option *table,
                                          const char *text, size_t length)
{
    const struct cmd_option *found = NULL, *option;
    bool several = false;

    for (option = table; option->letter; option++) {
        if (option->name == NULL || strncmp(option->name, text, length) != 0) continue;
        if (option->name[length] == '\0') return option;
        if (found && found->letter != option->letter) several = true;
        found = option;
    }
    if (several)
        say_ambiguous(process, table, text, length);
    else if (found == NULL)
        cmd_error(process, "unrecognized option '--%.*s'", (int)length, text);
    return several ? NULL : found;
}

static int take_long(struct k_process *process, const struct cmd_option *table, const char *text,
                     struct cmd_option_scan *scan)
{
    const char *equals = strchr(text, '=');
    size_t length = equals ? (size_t)(equals - text) : strlen(text);
    const struct cmd_option *option;

    if (strcmp(text, "help") == 0 && process->program->help) {
        cmd_put_string(process, process->program->help);
        return CMD_HELPED;
    }
    if (strcmp(text, "version") == 0) {
        cmd_printf(process, "%s (Umbra) " UMBRA_VERSION "\n", process->program->name);
        return CMD_HELPED;
    }
    option = find_name(process, table, text, length);
    if (option == NULL) return refuse(process);
    if (equals && option->takes == CMD_NOTHING) {
        cmd_error(process, "option '--%s' doesn't allow an argument", option->name);
        return refuse(process);
    }
    scan->value = equals ? equals + 1 : NULL;
    if (option->takes == CMD_VALUE && scan->value == NULL) {
        if (scan->index >= process->argc) {
            cmd_error(process, "option '--%s' requires an argument", option->name);
            return refuse(process);
        }
        scan->value = process->argv[scan->index++];
    }
    return option->letter;
}

static int take_letter(struct k_process *process, const struct cmd_option *table,
                       struct cmd_option_scan *scan)
{
    char letter = *scan->rest;
    const struct cmd_option *option = find_letter(table, letter);

    if (option == NULL && letter >= '0' && letter <= '9' && (option = find_letter(table, '0')) != NULL) {
        scan->value = scan->rest;
        scan->rest = NULL;
        return '0';
    }
    if (option == NULL) {
        cmd_error(process, "invalid option -- '%c'", letter);
        return refuse(process);
    }
    scan->rest++;
    if (option->takes != CMD_NOTHING && *scan->rest) {
        scan->value = scan->rest;
        scan->rest = NULL;
    } else if (option->takes == CMD_VALUE) {
        if (scan->index >= process->argc) {
            cmd_error(process, "option requires an argument -- '%c'", letter);
            return refuse(process);
        }
        scan->value = process->argv[scan->index++];
    }
    return option->letter;
}

/* The rest are operands. */
static int end_options(struct k_process *process, struct cmd_option_scan *scan)
{
    while (scan->index < process->argc) process->argv[++scan->operands] = process->argv[scan->index++];
    return CMD_NO_MORE;
}

int cmd_next_option(struct k_process *process, const struct cmd_option *table, unsigned flags,
                    struct cmd_option_scan *scan)
{
    if (scan->index == 0) scan->index = 1;
    scan->value = NULL;
    for (;;) {
        const char *word;
        if (scan->rest && *scan->rest) return take_letter(process, table, scan);
        scan->rest = NULL;
        if (scan->index >= process->argc) return end_options(process, scan);
        word = process->argv[scan->index];
        if (word[0] == '-' && word[1] == '-') {
            scan->index++;
            return word[2] ? take_long(process, table, word + 2, scan) : end_options(process, scan);
        }
        if (word[0] == '-' && word[1]) {
            scan->index++;
            scan->rest = word + 1;
            continue;
        }
        if (flags & CMD_OPERAND_FIRST) return end_options(process, scan);
        process->argv[++scan->operands] = process->argv[scan->index++];
    }
}

int cmd_read_options(struct k_process *process, const struct cmd_option *table, unsigned flags,
                     bool (*take)(struct k_process *process, int letter, const char *value))
{
    struct cmd_option_scan scan = {0};
    int letter;

    while ((letter = cmd_next_option(process, table, flags, &scan)) >= 0)
        if (!take(process, letter, scan.value)) return CMD_BAD;
    if (letter == CMD_NO_MORE) {
        process->argc = scan.operands + 1;
        process->argv[process->argc] = NULL;
    }
    return letter;
}

void cmd_missing_operand(struct k_process *process, const char *last)
{
    if (last)
        cmd_error(process, "missing operand after %s", cmd_quote(process, last));
    else
        cmd_error(process, "missing operand");
    cmd_try_help(process);
}

void cmd_extra_operand(struct k_process *process, const char *operand)
{
    cmd_error(process, "extra operand %s", cmd_quote(process, operand));
    cmd_try_help(process);
}

/* --- numbers --- */

bool cmd_integer(const char *text, int64_t *number)
{
    bool negative = *text == '-';
    uint64_t value = 0, most = negative ? (uint64_t)INT64_MAX + 1 : INT64_MAX;

    if (*text == '-' || *text == '+') text++;
    if (*text == '\0') return false;
    for (; *text; text++) {
        unsigned digit = (unsigned)(unsigned char)*text - '0';
        if (digit > 9 || value > (most - digit) / 10) return false;
        value = value * 10 + digit;
    }
    *number = negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

/* The factor of a suffix as coreutils has them ("Block size" in their manual); 0: it is none. */
static uint64_t factor_of(const char *suffix)
{
    static const char letters[] = "KMGTPE";
    const char *at;
    uint64_t base = 1024, factor = 1;
    int power;

    if (*suffix == '\0') return 1;
    if (strcmp(suffix, "b") == 0) return 512;
    if (strcmp(suffix, "k") == 0) return 1024;
    if (strcmp(suffix, "kB") == 0) return 1000;
    at = strchr(letters, *suffix);
    if (at == NULL) return 0;
    if (strcmp(suffix + 1, "B") == 0)
        base = 1000;
    else if (suffix[1] && strcmp(suffix + 1, "iB") != 0)
        return 0;
    for (power = (int)(at - letters) + 1; power; power--) factor *= base;
    return factor;
}

bool cmd_size(const char *text, uint64_t *number)
{
    uint64_t value = 0, factor;
    const char *start = text;

    for (; *text >= '0' && *text <= '9'; text++) {
        unsigned digit = (unsigned)(*text - '0');
        if (value > (UINT64_MAX - digit) / 10) return false;
        value = value * 10 + digit;
    }
    factor = factor_of(text);
    if (text == start || factor == 0 || value > UINT64_MAX / factor) return false;
    *number = value * factor;
    return true;
}
