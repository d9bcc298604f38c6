/* id: who the user is. POSIX.1-2017 id, with GNU's -z. There is one user, with one group. */
#include "cmd/owner.h"

#include <stdio.h>
#include <string.h>

static const char help[] = "Usage: id [OPTION]... [USER]...\n"
                           "Print the numbers and names of the user and of the groups.\n"
                           "\n"
                           "  -g, --group   only the number of the group\n"
                           "  -G, --groups  only the numbers of all groups\n"
                           "  -n, --name    with -ugG: the name\n"
                           "  -r, --real    with -ugG: the real one, which is the same\n"
                           "  -u, --user    only the number of the user\n"
                           "  -z, --zero    end with NUL\n"
                           "      --help    this text\n"
                           "      --version the version\n";

static const struct cmd_option options[] = {{'a', NULL, CMD_NOTHING},     {'g', "group", CMD_NOTHING},
                                            {'G', "groups", CMD_NOTHING}, {'n', "name", CMD_NOTHING},
                                            {'r', "real", CMD_NOTHING},   {'u', "user", CMD_NOTHING},
                                            {'z', "zero", CMD_NOTHING},   {0}};

struct id {
    struct cmd_base base;
    char only; /* u, g, G; 0: all */
    bool name, real, zero, several;
    int i;
};

static bool take_option(struct k_process *process, int letter, const char *value)
{
    struct id *state = process->state;

    (void)value;
    if (letter == 'u' || letter == 'g' || letter == 'G') {
        state->several |= state->only && state->only != letter;
        state->only = (char)letter;
    }
    state->name |= letter == 'n';
    state->real |= letter == 'r';
    state->zero |= letter == 'z';
    return true;
}

static bool check(struct k_process *process, const struct id *state)
{
    const char *wrong = NULL;

    if (state->several) wrong = "cannot print \"only\" of more than one choice";
    if (state->only == 0 && (state->name || state->real))
        wrong = "cannot print only names or real IDs in default format";
    if (state->only == 0 && state->zero) wrong = "option --zero not permitted in default format";
    if (wrong) cmd_error(process, "%s", wrong);
    return wrong == NULL;
}

static void put_user(struct k_process *process, const struct id *state, const char *name)
{
    char own_number[16];

    snprintf(own_number, sizeof own_number, "%d", CMD_USER_NUMBER);
    if (name && strcmp(name, CMD_USER_NAME) != 0 && strcmp(name, own_number) != 0) {
        cmd_error(process, "%s: no such user", cmd_quote(process, name));
        return;
    }
    if (state->only)
        cmd_put_string(process, state->name ? CMD_USER_NAME : own_number);
    else
        cmd_printf(process, "uid=%d(%s) gid=%d(%s) groups=%d(%s)", CMD_USER_NUMBER, CMD_USER_NAME,
                   CMD_USER_NUMBER, CMD_USER_NAME, CMD_USER_NUMBER, CMD_USER_NAME);
    cmd_put_byte(process, state->zero ? '\0' : '\n');
}

static enum k_progress id_run(struct k_process *process)
{
    struct id *state = process->state;

    CO_BEGIN(process);
    CMD_OPTIONS(process, options, 0, take_option, 1);
    if (!check(process, state)) goto done;
    if (process->argc == 1) put_user(process, state, NULL);
    for (state->i = 1; state->i < process->argc; state->i++) {
        put_user(process, state, process->argv[state->i]);
        CMD_RELIEVE(process);
    }
done:
    CMD_END(process);
}

CMD_PROGRAM(id, struct id, id_run, help);
