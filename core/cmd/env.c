/* env: run a command in another environment, or print it. POSIX.1-2017 env, with GNU's -u -0 -C -S -v. */
#include <string.h>

#include "cmd/child.h"

static const char help[] = "Usage: env [OPTION]... [-] [NAME=VALUE]... [COMMAND [ARG]...]\n"
                           "Set each NAME to VALUE and run COMMAND; without one, print the environment.\n"
                           "\n"
                           "  -i, --ignore-environment  begin with none\n"
                           "  -0, --null                end each line with NUL\n"
                           "  -u, --unset=NAME          without this variable\n"
                           "  -C, --chdir=DIR           in this directory\n"
                           "  -S, --split-string=S      S as several arguments\n"
                           "  -v, --debug               nothing\n"
                           "      --help                this text\n"
                           "      --version             the version\n";

enum { FAILED = 125 };

static const struct cmd_option options[] = {{'i', "ignore-environment", CMD_NOTHING},
                                            {'0', "null", CMD_NOTHING},
                                            {'u', "unset", CMD_VALUE},
                                            {'C', "chdir", CMD_VALUE},
                                            {'S', "split-string", CMD_VALUE},
                                            {'v', "debug", CMD_NOTHING},
                                            {0}};

struct env {
    struct cmd_base base;
    bool zero;
    const char *directory;
    char **strings; /* in the arena */
    size_t count, capacity;
    size_t i;
};

static void remove_name(struct env *env, const char *name, size_t length)
{
    size_t i, kept = 0;

    for (i = 0; i < env->count; i++)
        if (strncmp(env->strings[i], name, length) != 0 || env->strings[i][length] != '=')
            env->strings[kept++] = env->strings[i];
    env->count = kept;
}

static bool add_string(struct k_process *process, struct env *env, char *string)
{
    size_t size = sizeof *env->strings;

    if (env->count == env->capacity) {
        size_t capacity = env->capacity ? 2 * env->capacity : 32;
        char **strings = arena_grow(&process->arena, env->strings, env->capacity * size, capacity * size);
        if (strings == NULL) return false;
        env->strings = strings;
        env->capacity = capacity;
    }
    env->strings[env->count++] = string;
    return true;
}

/* NAME=VALUE takes the place of what NAME had. */
static bool set_string(struct k_process *process, struct env *env, char *string)
{
    size_t length = strcspn(string, "="), i;

    for (i = 0; i < env->count; i++)
        if (strncmp(env->strings[i], string, length + 1) == 0) {
            env->strings[i] = string;
            return true;
        }
    return add_string(process, env, string);
}

static bool take_environment(struct k_process *process, struct env *env)
{
    const struct k_environment *environment = process->environment;
    size_t i;

    for (i = 0; environment && i < environment->count; i++)
        if (!add_string(process, env, environment->strings[i])) return false;
    return true;
}

/* --- -S: words of a string, as the #! line of a script has them --- */

/* What stands behind a backslash; 0: nothing. */
static char unescape(char letter, bool quoted)
{
    static const char letters[] = "fnrtv", bytes[] = "\f\n\r\t\v";
    const char *at = strchr(letters, letter);

    if (at && letter) return bytes[at - letters];
    if (letter == '_') return ' ';
    return (char)(strchr("\\\"'#$ ", letter) || quoted ? letter : 0);
}

/* "${NAME}" at its dollar; behind it, NULL when it is not that. */
static const char *put_variable(struct k_process *process, const char *at, struct buffer *word)
{
    const char *end = at[1] == '{' ? strchr(at, '}') : NULL;
    char *name = end ? arena_copy(&process->arena, at + 2, (size_t)(end - at) - 2) : NULL;
    const char *value = name ? k_variable(process, name) : NULL;

    if (value) buffer_put_string(word, value);
    return name ? end + 1 : NULL;
}

/* One word; behind it, NULL when it is malformed, which is said. */
static const char *read_word(struct k_process *process, const char *at, struct buffer *word)
{
    char quote = 0;

    for (; *at && (quote || !strchr(" \t\n\r\f\v", *at)); at++) {
        if (quote == 0 && (*at == '\'' || *at == '"')) {
            quote = *at;
        } else if (quote && *at == quote) {
            quote = 0;
        } else if (*at == '\\' && quote != '\'') {
            char byte = (char)(at[1] ? unescape(at[1], quote != 0) : 0);
            if (at[1] == 'c') return at + strlen(at);
            if (byte == 0) {
                cmd_error(process,
                          at[1] ? "invalid sequence '\\%c' in -S"
                                : "invalid backslash at end of string in -S",
                          at[1]);
                return NULL;
            }
            buffer_put_byte(word, byte);
            at++;
        } else if (*at == '$' && quote != '\'') {
            const char *behind = put_variable(process, at, word);
            if (behind == NULL) {
                cmd_error(process, "only ${VARNAME} expansion is supported, error at: %s", at);
                return NULL;
            }
            at = behind - 1;
        } else {
            buffer_put_byte(word, *at);
        }
    }
    if (quote == 0) return at;
    cmd_error(process, "no terminating quote in -S string");
    return NULL;
}

/* Puts the words of the string in the place of arguments from `index` on. */
static bool split(struct k_process *process, const char *text, int index)
{
    size_t most = strlen(text) / 2 + 2;
    char **argv = arena_take(&process->arena, ((size_t)process->argc + most + 1) * sizeof *argv);
    int count = 1, i;

    if (argv == NULL) return false;
    argv[0] = process->argv[0];
    for (;;) {
        struct buffer word = {0};
        while (*text && strchr(" \t\n\r\f\v", *text)) text++;
        if (*text == '\0' || *text == '#') break;
        text = read_word(process, text, &word);
        argv[count] =
            text && !word.failed ? arena_copy(&process->arena, buffer_string(&word), word.size) : NULL;
        buffer_free(&word);
        if (argv[count++] == NULL) return false;
    }
    for (i = index; i < process->argc; i++) argv[count++] = process->argv[i];
    argv[count] = NULL;
    process->argv = argv;
    process->argc = count;
    return true;
}

/* ---  --- */

static int read_options(struct k_process *process, struct env *env)
{
    struct cmd_option_scan scan = {0};
    int letter;

    if (!take_environment(process, env)) return UMBRA_ENOMEM;
    while ((letter = cmd_next_option(process, options, CMD_OPERAND_FIRST, &scan)) >= 0) {
        if (letter == 'i') env->count = 0;
        if (letter == '0') env->zero = true;
        if (letter == 'C') env->directory = scan.value;
        if (letter == 'u' && (*scan.value == '\0' || strchr(scan.value, '='))) {
            cmd_error(process, "cannot unset %s: %s", cmd_quote(process, scan.value),
                      k_error_text(UMBRA_EINVAL));
            return CMD_BAD;
        }
        if (letter == 'u') remove_name(env, scan.value, strlen(scan.value));
        if (letter == 'S') {
            if (!split(process, scan.value, scan.index)) return CMD_BAD;
            scan = (struct cmd_option_scan){0};
        }
    }
    if (letter == CMD_NO_MORE) process->argc = scan.operands + 1;
    return letter;
}

/* The operands NAME=VALUE; the command comes behind them: where, or UMBRA_ENOMEM. */
static int take_operands(struct k_process *process, struct env *env)
{
    int i = 1;

    if (i < process->argc && strcmp(process->argv[i], "-") == 0) {
        env->count = 0;
        i++;
    }
    for (; i < process->argc && strchr(process->argv[i], '='); i++)
        if (!set_string(process, env, process->argv[i])) return UMBRA_ENOMEM;
    return i;
}

static const char *find_value(const struct env *env, const char *name)
{
    size_t i, length = strlen(name);

    for (i = 0; i < env->count; i++)
        if (strncmp(env->strings[i], name, length) == 0 && env->strings[i][length] == '=')
            return env->strings[i] + length + 1;
    return NULL;
}

/* Goes on as the command: true. */
static bool execute(struct k_process *process, struct env *env, int at)
{
    struct k_environment *environment = k_make_environment(process->kernel, env->strings, env->count);
    struct cmd_command command;
    int result = environment ? 0 : UMBRA_ENOMEM;

    if (result == 0 && env->directory) {
        result = k_change_directory(process, env->directory);
        if (result < 0) {
            cmd_error(process, "cannot change directory to %s: %s", cmd_quote(process, env->directory),
                      k_error_text(result));
            k_drop_environment(process->kernel, environment);
            env->base.status = FAILED;
            return false;
        }
    }
    if (result == 0)
        result = cmd_find_command(process, find_value(env, "PATH"), process->argc - at, process->argv + at,
                                  &command);
    if (result == 0) result = k_execute(process, command.program, command.argc, command.argv);
    if (result == 0) {
        k_drop_environment(process->kernel, process->environment);
        process->environment = environment;
        return true;
    }
    k_drop_environment(process->kernel, environment);
    cmd_error(process, "%s: %s", cmd_quote(process, process->argv[at]), k_error_text(result));
    env->base.status = cmd_status_of_failure(result);
    return false;
}

static bool check_command(struct k_process *process, struct env *env, int at)
{
    const char *wrong = at < process->argc ? (env->zero ? "cannot specify --null (-0) with command" : NULL)
                        : env->directory   ? "must specify command with --chdir (-C)"
                                           : NULL;

    if (wrong == NULL) return true;
    cmd_error(process, "%s", wrong);
    cmd_try_help(process);
    env->base.status = FAILED;
    return false;
}

static enum k_progress env_run(struct k_process *process)
{
    struct env *env = process->state;
    int result;

    CO_BEGIN(process);
    result = read_options(process, env);
    CMD_NEED(process, result == UMBRA_ENOMEM ? NULL : env);
    if (result == CMD_BAD) env->base.status = FAILED;
    if (result != CMD_NO_MORE) goto done;
    result = take_operands(process, env);
    CMD_NEED(process, result < 0 ? NULL : env);
    if (!check_command(process, env, result)) goto done;
    if (result < process->argc) {
        if (execute(process, env, result)) return K_AGAIN;
        goto done;
    }
    for (env->i = 0; env->i < env->count; env->i++) {
        cmd_put_string(process, env->strings[env->i]);
        cmd_put_byte(process, env->zero ? '\0' : '\n');
        CMD_RELIEVE(process);
    }
done:
    CMD_END(process);
}

CMD_PROGRAM(env, struct env, env_run, help);
