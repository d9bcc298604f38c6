#include "shell/dynamic.h"
#include "shell/hashed.h"

#include <stdio.h>
#include <stdlib.h>

#include "shell/directories.h"
#include "shell/execute.h"
#include "shell/parser.h"
#include "shell/print.h"
#include "shell/program.h"

enum special {
    SPECIAL_NONE,
    SPECIAL_RANDOM,
    SPECIAL_SRANDOM,
    SPECIAL_SECONDS,
    SPECIAL_LINENO,
    SPECIAL_EPOCHSECONDS,
    SPECIAL_EPOCHREALTIME,
    SPECIAL_BASHPID,
    SPECIAL_SUBSHELL,
    SPECIAL_PIPESTATUS,
    SPECIAL_FUNCNAME,
    SPECIAL_SOURCE,
    SPECIAL_LINES,
    SPECIAL_COMMAND,
    SPECIAL_VERSION,
    SPECIAL_OPTIONS,
    SPECIAL_SHOPTS,
    SPECIAL_ARGV0,
    SPECIAL_DIRECTORIES,
};

static const struct {
    const char *name;
    enum special special;
    unsigned attributes;
} specials[] = {{"RANDOM", SPECIAL_RANDOM, SH_INTEGER},
                {"SRANDOM", SPECIAL_SRANDOM, SH_INTEGER},
                {"SECONDS", SPECIAL_SECONDS, SH_INTEGER},
                {"LINENO", SPECIAL_LINENO, 0},
                {"EPOCHSECONDS", SPECIAL_EPOCHSECONDS, 0},
                {"EPOCHREALTIME", SPECIAL_EPOCHREALTIME, 0},
                {"BASHPID", SPECIAL_BASHPID, 0},
                {"BASH_SUBSHELL", SPECIAL_SUBSHELL, 0},
                {"PIPESTATUS", SPECIAL_PIPESTATUS, SH_INDEXED},
                {"FUNCNAME", SPECIAL_FUNCNAME, SH_INDEXED},
                {"BASH_SOURCE", SPECIAL_SOURCE, SH_INDEXED},
                {"BASH_LINENO", SPECIAL_LINES, SH_INDEXED},
                {"BASH_COMMAND", SPECIAL_COMMAND, 0},
                {"BASH_VERSINFO", SPECIAL_VERSION, SH_INDEXED | SH_READONLY},
                {"SHELLOPTS", SPECIAL_OPTIONS, SH_READONLY},
                {"BASHOPTS", SPECIAL_SHOPTS, SH_READONLY},
                {"BASH_ARGV0", SPECIAL_ARGV0, 0},
                {"DIRSTACK", SPECIAL_DIRECTORIES, SH_INDEXED}};

/* --- values --- */

/* What BASH_VERSINFO has; the first ones as in SH_BASH_VERSION. */
#define MACHINE "wasm-umbra"

static void set_text(struct shell *shell, struct sh_variable *variable, const char *text)
{
    if (!sh_variable_set(shell->variables, variable, text, strlen(text))) sh_out_of_memory(shell);
}

static void set_command(struct shell *shell, struct sh_variable *variable)
{
    struct buffer text = {0};

    sh_print_command(&text, shell->command);
    set_text(shell, variable, buffer_string(&text));
    buffer_free(&text);
}

static void set_number(struct shell *shell, struct sh_variable *variable, uint64_t number)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    set_text(shell, variable, digits);
}

static void set_item(struct shell *shell, struct sh_variable *variable, int64_t index, const char *text)
{
    if (!sh_array_set(shell->variables, variable, index, text, strlen(text), false)) sh_out_of_memory(shell);
}

/* A linear congruence, seeded anew for each shell: S. K. Park, K. W. Miller, "Random number generators: good
 * ones are hard to find", CACM 31 (1988) 10, as bash uses it, with its high and low halves folded. */
static uint32_t next_random(struct shell *shell)
{
    int64_t value;

    if (!shell->random_seeded) {
        shell->kernel->host->random(shell->kernel->host->context, &shell->random, sizeof shell->random);
        shell->random_seeded = true;
    }
    value = shell->random ? (int64_t)(shell->random % 2147483647u) : 123459876;
    value = 16807 * (value % 127773) - 2836 * (value / 127773);
    if (value < 0) value += 2147483647;
    shell->random = (uint32_t)value;
    return ((uint32_t)value >> 16 ^ (uint32_t)value) & 0x7fff;
}

static void set_pipe_statuses(struct shell *shell, struct sh_variable *variable)
{
    size_t i;

    sh_variable_clear(shell->variables, variable);
    for (i = 0; i < shell->pipe_count; i++) {
        char digits[16];
        snprintf(digits, sizeof digits, "%d", shell->pipe_statuses[i]);
        set_item(shell, variable, (int64_t)i, digits);
    }
}

static void set_version(struct shell *shell, struct sh_variable *variable)
{
    static const char *const parts[] = {"5", "2", "15", "1", "release", MACHINE};
    size_t i;

    sh_variable_clear(shell->variables, variable);
    for (i = 0; i < sizeof parts / sizeof parts[0]; i++) set_item(shell, variable, (int64_t)i, parts[i]);
}

static void set_calls(struct shell *shell, struct sh_variable *variable)
{
    const struct sh_call *call;
    int64_t index = 0;
    char digits[16];

    sh_variable_clear(shell->variables, variable);
    for (call = shell->call; call; call = call->up, index++) {
        if (call->up == NULL && call->source == NULL) break; /* only a file counts as a call */
        if (variable->special == SPECIAL_FUNCNAME) {
            if (shell->call->up) set_item(shell, variable, index, call->function);
        } else if (variable->special == SPECIAL_SOURCE) {
            if (call->source) set_item(shell, variable, index, call->source);
        } else {
            snprintf(digits, sizeof digits, "%u", call->line);
            set_item(shell, variable, index, digits);
        }
    }
}

static void set_directories(struct shell *shell, struct sh_variable *variable)
{
    const char *path;
    size_t i;

    sh_variable_clear(shell->variables, variable);
    for (i = 0; (path = sh_directory_at(shell, i)) != NULL; i++) set_item(shell, variable, (int64_t)i, path);
}

static void set_options(struct shell *shell, struct sh_variable *variable)
{
    struct buffer text = {0};

#define PUT_OPTION(name, letter, option)                                                                     \
    if (sh_has(shell, SH_OPTION_##name)) buffer_printf(&text, "%s%s", text.size ? ":" : "", option);
#define PUT_SHOPT(name, option, on)                                                                          \
    if (sh_shopt(shell, SH_SHOPT_##name)) buffer_printf(&text, "%s%s", text.size ? ":" : "", option);
    if (variable->special == SPECIAL_OPTIONS) {
        SH_OPTIONS(PUT_OPTION)
    } else {
        SH_SHOPTS(PUT_SHOPT)
    }
    set_text(shell, variable, buffer_string(&text));
    buffer_free(&text);
}

void sh_refresh(struct shell *shell, struct sh_variable *variable)
{
    uint32_t bytes = 0;
    char text[40];
    int64_t now;

    switch ((enum special)variable->special) {
    case SPECIAL_RANDOM:
        set_number(shell, variable, next_random(shell));
        break;
    case SPECIAL_SRANDOM:
        shell->kernel->host->random(shell->kernel->host->context, &bytes, sizeof bytes);
        set_number(shell, variable, bytes);
        break;
    case SPECIAL_SECONDS:
        snprintf(text, sizeof text, "%lld", (long long)(k_wall(shell->kernel) / 1000 - shell->seconds_base));
        set_text(shell, variable, text);
        break;
    case SPECIAL_LINENO:
        set_number(shell, variable, shell->line);
        break;
    case SPECIAL_EPOCHSECONDS:
        set_number(shell, variable, (uint64_t)(k_wall(shell->kernel) / 1000));
        break;
    case SPECIAL_EPOCHREALTIME:
        now = k_wall(shell->kernel);
        snprintf(text, sizeof text, "%lld.%03d%03d", (long long)(now / 1000), (int)(now % 1000),
                 (int)(k_monotonic(shell->kernel) % 1000));
        set_text(shell, variable, text);
        break;
    case SPECIAL_BASHPID:
        set_number(shell, variable, shell->process->id);
        break;
    case SPECIAL_SUBSHELL:
        set_number(shell, variable, shell->subshells);
        break;
    case SPECIAL_PIPESTATUS:
        set_pipe_statuses(shell, variable);
        break;
    case SPECIAL_FUNCNAME:
    case SPECIAL_SOURCE:
    case SPECIAL_LINES:
        set_calls(shell, variable);
        break;
    case SPECIAL_VERSION:
        set_version(shell, variable);
        break;
    case SPECIAL_COMMAND:
        set_command(shell, variable);
        break;
    case SPECIAL_OPTIONS:
    case SPECIAL_SHOPTS:
        set_options(shell, variable);
        break;
    case SPECIAL_ARGV0:
        set_text(shell, variable, shell->name);
        break;
    case SPECIAL_DIRECTORIES:
        set_directories(shell, variable);
        break;
    case SPECIAL_NONE:
        break;
    }
}

/* $0, as BASH_ARGV0 says. */
static bool set_own_name(struct shell *shell, const char *text, size_t size)
{
    char *name = memory_take(&shell->kernel->account, size + 1);

    if (name == NULL) return false;
    memcpy(name, text, size);
    name[size] = '\0';
    memory_give(&shell->kernel->account, shell->own_name, shell->own_name_bytes);
    shell->own_name = name;
    shell->own_name_bytes = size + 1;
    shell->name = name;
    return true;
}

bool sh_assign_dynamic(struct shell *shell, struct sh_variable *variable, const char *text, size_t size)
{
    int64_t value = 0;

    switch ((enum special)variable->special) {
    case SPECIAL_RANDOM:
        if (!sh_evaluate(shell, text, size, &value)) return false;
        shell->random = (uint32_t)value;
        shell->random_seeded = true;
        return true;
    case SPECIAL_SECONDS:
        if (!sh_evaluate(shell, text, size, &value)) return false;
        shell->seconds_base = k_wall(shell->kernel) / 1000 - value;
        return true;
    case SPECIAL_LINENO:
        if (!sh_evaluate(shell, text, size, &value)) return false;
        shell->line = (uint32_t)value;
        return true;
    case SPECIAL_ARGV0:
        return set_own_name(shell, text, size);
    default: /* assignments to the others have no effect */
        return true;
    }
}

bool sh_assigned(struct shell *shell, const struct sh_variable *variable)
{
    if (strcmp(variable->name, "OPTIND") == 0) {
        shell->getopts_at = 0;
        shell->getopts_index = 0;
    }
    if (strcmp(variable->name, "PATH") == 0) sh_hashed_forget_all(shell);
    if (strcmp(variable->name, "GLOBIGNORE") == 0) {
        uint64_t bit = (uint64_t)1 << SH_SHOPT_DOTGLOB;
        shell->shopts = variable->value.size ? shell->shopts | bit : shell->shopts & ~bit;
    }
    if (strcmp(variable->name, "POSIXLY_CORRECT") == 0) shell->options |= 1u << SH_OPTION_POSIX;
    return true;
}

/* --- in the beginning --- */

static bool add(struct shell *shell, const char *name, const char *text, unsigned attributes)
{
    size_t length = strlen(name);
    uint32_t hash = sh_hash(name, length);
    struct sh_variable *variable = sh_variable_find(shell->variables, name, length, hash);

    if (variable) return true; /* the environment has it */
    variable = sh_variable_add(shell->variables, name, length, hash, 0);
    if (variable == NULL) return false;
    variable->attributes = attributes;
    return text == NULL || sh_variable_set(shell->variables, variable, text, strlen(text));
}

#define FUNCTION_PREFIX "BASH_FUNC_"
#define FUNCTION_SUFFIX "%%"

/* One that a shell exported; what is none is left alone. False: no memory. */
static bool import_function(struct shell *shell, const char *string, size_t length)
{
    size_t prefix = sizeof FUNCTION_PREFIX - 1, suffix = sizeof FUNCTION_SUFFIX - 1, at = 0, size;
    static const struct sh_dialect dialect;
    struct sh_syntax_error error = {0};
    struct sh_script *script = NULL;
    struct buffer text = {0};
    uint32_t line = 1;
    enum sh_parse parsed;

    if (length <= prefix + suffix || memcmp(string, FUNCTION_PREFIX, prefix) != 0 ||
        memcmp(string + length - suffix, FUNCTION_SUFFIX, suffix) != 0 ||
        strncmp(string + length + 1, "() {", 4) != 0)
        return true;
    size = length - prefix - suffix;
    buffer_put(&text, string + prefix, size);
    buffer_put_string(&text, string + length + 1);
    parsed = text.failed ? SH_NO_MEMORY
                         : sh_parse_next(text.data, text.size, &at, &line, &dialect, &shell->kernel->account,
                                         false, &script, &error);
    if (parsed == SH_PARSED && at == text.size && script->command && script->command->kind == SH_FUNCTION &&
        strlen(script->command->of.function.name) == size) {
        struct sh_function *function;
        if (!sh_define_function(shell, script->command->of.function.name, script,
                                script->command->of.function.body))
            parsed = SH_NO_MEMORY;
        else if ((function = sh_find_function(shell, script->command->of.function.name)) != NULL)
            function->exported = true;
    }
    sh_script_drop(script);
    sh_syntax_error_free(&error);
    buffer_free(&text);
    return parsed != SH_NO_MEMORY;
}

static bool import_one(struct shell *shell, const char *string)
{
    const char *equals = strchr(string, '=');
    size_t length = equals ? (size_t)(equals - string) : 0;
    struct sh_variable *variable;

    if (!sh_is_name(string, length)) return import_function(shell, string, length);
    if (sh_variable_find(shell->variables, string, length, sh_hash(string, length))) return true;
    variable = sh_variable_add(shell->variables, string, length, sh_hash(string, length), 0);
    if (variable == NULL) return false;
    variable->attributes = SH_EXPORTED;
    return equals && sh_variable_set(shell->variables, variable, equals + 1, strlen(equals + 1));
}

static bool add_specials(struct shell *shell)
{
    size_t i;

    for (i = 0; i < sizeof specials / sizeof specials[0]; i++) {
        size_t length = strlen(specials[i].name);
        struct sh_variable *variable =
            sh_variable_add(shell->variables, specials[i].name, length, sh_hash(specials[i].name, length), 0);
        if (variable == NULL) return false;
        variable->attributes = SH_DYNAMIC | SH_IS_SET | specials[i].attributes;
        variable->special = specials[i].special;
    }
    return true;
}

static bool add_numbers(struct shell *shell)
{
    char digits[16];
    struct sh_text_ref level = sh_get(shell, "SHLVL");
    long depth = level.data ? strtol(level.data, NULL, 10) : 0;

    snprintf(digits, sizeof digits, "%u", shell->process->parent ? shell->process->parent : 1);
    if (!add(shell, "PPID", digits, SH_INTEGER | SH_READONLY)) return false;
    snprintf(digits, sizeof digits, "%ld", depth < 0 || depth > 1000 ? 1 : depth + 1);
    if (!add(shell, "SHLVL", "0", SH_EXPORTED)) return false;
    return sh_set_string(shell, "SHLVL", digits);
}

bool sh_make_variables(struct shell *shell)
{
    const struct k_environment *environment = shell->process->environment;
    size_t i;

    if (!add_specials(shell)) return false;
    for (i = 0; environment && i < environment->count; i++)
        if (!import_one(shell, environment->strings[i])) return false;
    return add(shell, "PATH", K_PROGRAMS_PATH ":/bin", 0) && add(shell, "IFS", " \t\n", 0) &&
           add(shell, "HOME", K_WORKSPACE_PATH, SH_EXPORTED) && add(shell, "PS4", "+ ", 0) &&
           add(shell, "OPTIND", "1", SH_INTEGER) && add(shell, "OPTERR", "1", 0) &&
           add(shell, "UID", "1000", SH_READONLY | SH_INTEGER) &&
           add(shell, "EUID", "1000", SH_READONLY | SH_INTEGER) && add(shell, "HOSTNAME", "umbra", 0) &&
           add(shell, "HOSTTYPE", "wasm", 0) && add(shell, "OSTYPE", "umbra", 0) &&
           add(shell, "MACHTYPE", MACHINE, 0) && add(shell, "BASH", K_PROGRAMS_PATH "/bash", 0) &&
           add(shell, "BASH_VERSION", SH_BASH_VERSION, 0) &&
           add(shell, "SHELL", K_PROGRAMS_PATH "/bash", 0) && add(shell, "TERM", "dumb", 0) &&
           add_numbers(shell) && add(shell, "PWD", shell->process->directory->path, SH_EXPORTED) &&
           add(shell, "OLDPWD", NULL, SH_EXPORTED) &&
           sh_set(shell, "PWD", shell->process->directory->path, shell->process->directory->size);
}

/* --- for programs --- */

void sh_forget_exported(struct shell *shell)
{
    k_drop_environment(shell->kernel, shell->exported);
    shell->exported = NULL;
}

/* BASH_FUNC_name%%=() {...}, as bash has it since 2014; how many there are. */
static size_t put_functions(const struct shell *shell, struct buffer *out)
{
    const struct sh_function *function;
    size_t count = 0;

    for (function = shell->definitions->functions; function; function = function->next) {
        struct buffer text = {0};
        if (!function->exported) continue;
        sh_print_function(&text, "", function->body);
        buffer_printf(out,
                      FUNCTION_PREFIX "%s"
                                      "%s=() {",
                      function->name, FUNCTION_SUFFIX);
        /* behind " () \n{ ", without the newline at the end */
        if (!text.failed && text.size > 7) buffer_put(out, text.data + 6, text.size - 7);
        buffer_put_byte(out, '\0');
        out->failed |= text.failed;
        buffer_free(&text);
        count++;
    }
    return count;
}

struct k_environment *sh_environment(struct shell *shell)
{
    const struct sh_variables *variables = shell->variables;
    struct buffer text = {0};
    char **strings;
    size_t count = 0, i, at = 0;

    if (shell->exported) return shell->exported;
    for (i = 0; i < variables->bucket_count; i++) {
        const struct sh_variable *variable;
        for (variable = variables->buckets[i]; variable; variable = variable->next) {
            if (!(variable->attributes & SH_EXPORTED) || !(variable->attributes & SH_IS_SET) ||
                sh_is_array(variable))
                continue;
            buffer_printf(&text, "%s=", variable->name);
            buffer_put(&text, variable->value.data, variable->value.size + 1);
            count++;
        }
    }
    count += put_functions(shell, &text);
    strings = malloc((count + 1) * sizeof *strings);
    if (strings && !text.failed) {
        for (i = 0; i < count; i++) {
            strings[i] = text.data + at;
            at += strlen(strings[i]) + 1;
        }
        shell->exported = k_make_environment(shell->kernel, strings, count);
    }
    free(strings);
    buffer_free(&text);
    if (shell->exported == NULL) sh_out_of_memory(shell);
    return shell->exported;
}
