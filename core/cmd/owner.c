#include "cmd/owner.h"

#include <string.h>

enum { OPT_REFERENCE = 256, OPT_IGNORED, OPT_FROM };

static const struct cmd_option options[] = {{'c', "changes", CMD_NOTHING},
                                            {'f', "silent", CMD_NOTHING},
                                            {'f', "quiet", CMD_NOTHING},
                                            {'v', "verbose", CMD_NOTHING},
                                            {'h', "no-dereference", CMD_NOTHING},
                                            {OPT_IGNORED, "dereference", CMD_NOTHING},
                                            {OPT_FROM, "from", CMD_VALUE},
                                            {OPT_IGNORED, "no-preserve-root", CMD_NOTHING},
                                            {OPT_IGNORED, "preserve-root", CMD_NOTHING},
                                            {OPT_REFERENCE, "reference", CMD_VALUE},
                                            {'R', "recursive", CMD_NOTHING},
                                            {'H', NULL, CMD_NOTHING},
                                            {'L', NULL, CMD_NOTHING},
                                            {'P', NULL, CMD_NOTHING},
                                            {0}};

static bool take_option(struct k_process *process, int letter, const char *value)
{
    struct owner *state = process->state;

    state->silent |= letter == 'f';
    state->no_follow |= letter == 'h';
    state->verbose |= letter == 'v';
    if (letter == OPT_REFERENCE) state->reference = value;
    return true;
}

/* 1: the own one, 0: another, -1: there is none of that name. */
static int check_name(const char *name, size_t length)
{
    static const char own[] = CMD_USER_NAME;
    int64_t number;
    char digits[24];

    if (length == 0 || (length == sizeof own - 1 && memcmp(name, own, length) == 0)) return 1;
    if (length == 4 && memcmp(name, "root", 4) == 0) return 0;
    if (length >= sizeof digits) return -1;
    memcpy(digits, name, length);
    digits[length] = '\0';
    if (!cmd_integer(digits, &number) || number < 0) return -1;
    return number == CMD_USER_NUMBER;
}

/* The operand "user:group", or "group" for chgrp. */
static bool read_owner(struct k_process *process, struct owner *state, const char *text)
{
    size_t length = state->group_only ? 0 : strcspn(text, ":.");
    const char *group = state->group_only ? text : text[length] ? text + length + 1 : "";
    int user = check_name(text, length), of_group = check_name(group, strlen(group));

    if (user < 0)
        cmd_error(process, "invalid user: %s", cmd_quote(process, text));
    else if (of_group < 0)
        cmd_error(process, "invalid group: %s", cmd_quote(process, text));
    state->permitted = user == 1 && of_group == 1;
    return user >= 0 && of_group >= 0;
}

static bool settle(struct k_process *process, struct owner *state)
{
    struct k_stat stat;
    int result;

    state->group_only = strcmp(process->program->name, "chgrp") == 0;
    state->i = state->reference ? 1 : 2;
    if (process->argc <= state->i) {
        cmd_missing_operand(process, process->argc == 2 && !state->reference ? process->argv[1] : NULL);
        return false;
    }
    if (!state->reference) return read_owner(process, state, process->argv[1]);
    result = k_stat_path(process, state->reference, K_FOLLOW, &stat);
    if (result < 0)
        cmd_error(process, "failed to get attributes of %s: %s", cmd_quote(process, state->reference),
                  k_error_text(result));
    state->permitted = true;
    return result == 0;
}

static void change(struct k_process *process, struct owner *state, const char *path)
{
    const char *what = state->group_only ? "group" : "ownership";
    struct k_stat stat;
    int result = k_stat_path(process, path, state->no_follow ? K_NO_FOLLOW : K_FOLLOW, &stat);

    if ((result < 0 || !state->permitted) && state->silent)
        state->base.status = 1;
    else if (result < 0)
        cmd_cannot(process, "access", path, result);
    else if (!state->permitted)
        cmd_error(process, "changing %s of %s: %s", what, cmd_quote(process, path),
                  k_error_text(UMBRA_EPERM));
    else if (state->verbose)
        cmd_printf(process, "%s of %s retained as " CMD_USER_NAME "\n", what, cmd_quote(process, path));
}

enum k_progress owner_run(struct k_process *process)
{
    struct owner *state = process->state;

    CO_BEGIN(process);
    CMD_OPTIONS(process, options, 0, take_option, 1);
    if (!settle(process, state)) goto done;
    for (; state->i < process->argc; state->i++) {
        change(process, state, process->argv[state->i]);
        CMD_RELIEVE(process);
    }
done:
    CMD_END(process);
}
