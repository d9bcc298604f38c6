/* builtin_control.c: builtins that change what is run next: break, continue, return, exit, eval, exec,
 * source, shift, command, builtin, type. */
#include <errno.h>
#include <stdlib.h>

#include "shell/compound.h"
#include "shell/dynamic.h"
#include "shell/interactive.h"
#include "shell/jobs.h"
#include "shell/options.h"
#include "shell/print.h"
#include "shell/program.h"
#include "shell/quote.h"
#include "shell/reader.h"

static bool read_number(const char *text, long long *number)
{
    char *end;

    errno = 0;
    *number = strtoll(text, &end, 10);
    while (*end == ' ' || *end == '\t') end++;
    return *text && *end == '\0' && errno == 0;
}

/* --- break and continue --- */

/* As in bash, the command line ends with it. */
static enum sh_step too_many(struct shell *shell, const struct sh_builtin_call *call)
{
    sh_builtin_error(shell, call->argv[0], "too many arguments");
    sh_abort_all(shell, 1);
    return SH_RETURNS;
}

static enum sh_step leave_loops(struct shell *shell, const struct sh_builtin_call *call, enum sh_unwind how)
{
    long long count = 1;
    int first = call->argc > 1 && strcmp(call->argv[1], "--") == 0 ? 2 : 1;

    shell->status = 0;
    if (shell->loops == 0) {
        sh_builtin_error(shell, call->argv[0], "only meaningful in a `for', `while', or `until' loop");
        return SH_RETURNS;
    }
    if (call->argc > first + 1) return too_many(shell, call);
    if (call->argc > first && !read_number(call->argv[first], &count)) {
        sh_builtin_error(shell, call->argv[0], "%s: numeric argument required", call->argv[first]);
        shell->status = 128;
        sh_unwind(shell, SH_EXITS, 0);
        return SH_RETURNS;
    }
    if (count < 1) {
        sh_builtin_error(shell, call->argv[0], "%s: loop count out of range", call->argv[first]);
        shell->status = 1;
        sh_unwind(shell, SH_BREAKS, (int)shell->loops);
        return SH_RETURNS;
    }
    if (count > (long long)shell->loops) count = shell->loops;
    sh_set_pipe_status(shell, 0); /* the command ends here, before the list that it is in can note it */
    sh_unwind(shell, how, (int)count);
    return SH_RETURNS;
}

static enum sh_step run_break(struct shell *shell, struct sh_builtin_call *call)
{
    return leave_loops(shell, call, SH_BREAKS);
}

static enum sh_step run_continue(struct shell *shell, struct sh_builtin_call *call)
{
    return leave_loops(shell, call, SH_CONTINUES);
}

/* --- return and exit --- */

/* The status that an argument names; false: it is none, which was said, and the status is 2. */
static bool take_status(struct shell *shell, const struct sh_builtin_call *call, int *status)
{
    int first = call->argc > 1 && strcmp(call->argv[1], "--") == 0 ? 2 : 1;
    long long number;

    *status = shell->status;
    if (call->argc <= first) return true;
    if (!read_number(call->argv[first], &number)) {
        sh_builtin_error(shell, call->argv[0], "%s: numeric argument required", call->argv[first]);
        *status = 2;
        return false;
    }
    *status = (int)(number & 0xff);
    return true;
}

static enum sh_step run_return(struct shell *shell, struct sh_builtin_call *call)
{
    int status;

    if (call->argc > 2 && strcmp(call->argv[1], "--") != 0) return too_many(shell, call);
    if (shell->functions == 0 && shell->sources == 0) {
        sh_builtin_error(shell, "return", "can only `return' from a function or sourced script");
        shell->status = 2;
        return SH_RETURNS;
    }
    take_status(shell, call, &status);
    shell->status = status;
    sh_unwind(shell, SH_FUNCTION_RETURNS, 0);
    return SH_RETURNS;
}

static enum sh_step run_exit(struct shell *shell, struct sh_builtin_call *call)
{
    int status;

    if (call->argc > 2 && strcmp(call->argv[1], "--") != 0) {
        long long number;
        if (read_number(call->argv[1], &number)) return too_many(shell, call);
    }
    if (take_status(shell, call, &status) && call->argc == 1 && shell->has_exit_status)
        status = shell->exit_status;
    shell->status = status;
    if (shell->ended) shell->trap_exit = true;
    if (shell->interaction && shell->subshells == 0) {
        buffer_put_string(&shell->errors, shell->is_login ? "logout\n" : "exit\n");
        if (!sh_interactive_may_exit(shell)) {
            shell->status = 1;
            return SH_RETURNS;
        }
    }
    sh_unwind(shell, SH_EXITS, 0);
    return SH_RETURNS;
}

/* --- eval and source --- */

static enum sh_step run_eval(struct shell *shell, struct sh_builtin_call *call)
{
    struct sh_text text = {.arena = &shell->process->arena};
    int i = call->argc > 1 && strcmp(call->argv[1], "--") == 0 ? 2 : 1, first = i;

    if (call->argc > 1 && call->argv[1][0] == '-' && call->argv[1][1] && first == 1) {
        sh_builtin_error(shell, "eval", "%.2s: invalid option", call->argv[1]);
        return sh_usage(shell, call);
    }
    for (; i < call->argc; i++) {
        if (i > first) sh_text_byte(&text, ' ');
        sh_text_string(&text, call->argv[i]);
    }
    shell->status = 0;
    if (text.size == 0) return SH_RETURNS;
    sh_run_text(shell, sh_text_get(&text), text.size, shell->line, "eval");
    return SH_GOES_ON;
}

struct source_frame {
    struct sh_frame frame;
    struct k_file *file; /* while it is being read */
    const char *word;    /* the file, as it was named */
    const char *path;
    char *const *given; /* arguments for it */
    int given_count;
    bool begun;
    struct sh_arguments *arguments; /* of whoever reads the file; NULL: they are the file's too */
    struct sh_call call;
    struct buffer text;
};

enum { SOURCE_READ, SOURCE_RAN, SOURCE_RETURNED };

static void source_leave(struct shell *shell, struct sh_frame *frame)
{
    struct source_frame *source = (struct source_frame *)frame;

    k_drop(source->file);
    buffer_free(&source->text);
    if (!source->begun) return;
    if (source->arguments) {
        sh_drop_arguments(shell, shell->arguments);
        shell->arguments = source->arguments;
    }
    shell->call = source->call.up;
    shell->line = source->call.line;
    shell->sources--;
}

/* The file is there: it is run. */
static enum sh_step begin_source(struct shell *shell, struct source_frame *source)
{
    source->frame.stage = SOURCE_RAN;
    source->frame.catches = SH_FUNCTION_RETURNS;
    source->call = (struct sh_call){
        .up = shell->call, .function = "source", .source = source->path, .line = shell->line};
    shell->call = &source->call;
    shell->sources++;
    source->begun = true;
    if (source->given_count) {
        struct sh_arguments *arguments = sh_make_arguments(shell, source->given_count, source->given);
        if (arguments == NULL) {
            sh_out_of_memory(shell);
            return SH_RETURNS;
        }
        source->arguments = shell->arguments;
        shell->arguments = arguments;
    }
    shell->status = 0;
    sh_run_text(shell, buffer_string(&source->text), source->text.size, 1, NULL);
    return SH_GOES_ON;
}

static enum sh_step fail_source(struct shell *shell, const char *word, int result)
{
    if (result == UMBRA_EISDIR)
        sh_builtin_error(shell, shell->builtin_name, "%s: is a directory", word);
    else
        sh_error(shell, "%s: %s", word, k_error_text(result));
    shell->status = 1;
    if (sh_has(shell, SH_OPTION_POSIX)) sh_unwind(shell, SH_EXITS, 0);
    return SH_RETURNS;
}

/* All of the file is read before any of it is run, as bash has it. */
static enum sh_step read_source(struct shell *shell, struct source_frame *source)
{
    char bytes[4096];
    int64_t got;

    while ((got = source->file->kind->read
                      ? source->file->kind->read(source->file, shell->process, bytes, sizeof bytes)
                      : UMBRA_EINVAL) > 0) {
        buffer_put(&source->text, bytes, (size_t)got);
        if (sh_charge(shell, (uint64_t)got)) return SH_YIELDS;
    }
    if (got == UMBRA_EAGAIN) return SH_LISTENS;
    if (source->text.failed) got = UMBRA_ENOMEM;
    if (got < 0) return fail_source(shell, source->word, (int)got);
    k_drop(source->file);
    source->file = NULL;
    return begin_source(shell, source);
}

static enum sh_step source_step(struct shell *shell, struct sh_frame *frame)
{
    struct source_frame *source = (struct source_frame *)frame;

    if (source->frame.stage == SOURCE_READ) return read_source(shell, source);
    source->frame.catches = 0;
    if (shell->unwind == SH_FUNCTION_RETURNS) shell->unwind = SH_NO_UNWIND;
    if (source->frame.stage++ == SOURCE_RAN && sh_trap_counts(shell, SH_TRAP_RETURN) &&
        sh_run_trap(shell, SH_TRAP_RETURN))
        return SH_GOES_ON;
    return SH_RETURNS;
}

/* Files without a slash are looked for in PATH, and then here. */
static void find_source(struct shell *shell, const char *name, struct buffer *path)
{
    struct sh_text_ref all = sh_get(shell, "PATH");
    size_t at, end;
    struct k_stat stat;

    for (at = 0; !strchr(name, '/') && sh_shopt(shell, SH_SHOPT_SOURCEPATH) && at <= all.size; at = end + 1) {
        const char *colon = all.size > at ? memchr(all.data + at, ':', all.size - at) : NULL;
        end = colon ? (size_t)(colon - all.data) : all.size;
        buffer_clear(path);
        buffer_put(path, end > at ? all.data + at : ".", end > at ? end - at : 1);
        buffer_printf(path, "/%s", name);
        if (k_stat_path(shell->process, buffer_string(path), K_FOLLOW, &stat) == 0 && stat.kind == K_FILE &&
            !k_find_program(shell->kernel, path->data))
            return;
    }
    buffer_clear(path);
    buffer_put_string(path, name);
}

static enum sh_step run_source(struct shell *shell, struct sh_builtin_call *call)
{
    int first = call->argc > 1 && strcmp(call->argv[1], "--") == 0 ? 2 : 1, result;
    struct source_frame *source;
    struct buffer path = {0};
    struct k_file *file;

    if (call->argc <= first) {
        sh_builtin_error(shell, call->argv[0], "filename argument required");
        return sh_usage(shell, call);
    }
    find_source(shell, call->argv[first], &path);
    if (path.failed) {
        sh_out_of_memory(shell);
        buffer_free(&path);
        return SH_RETURNS;
    }
    result = k_open_file(shell->process, buffer_string(&path), FS_READ, 0, &file);
    if (result < 0) {
        buffer_free(&path);
        return fail_source(shell, call->argv[first], result);
    }
    source = sh_push(shell, sizeof *source, source_step, source_leave);
    if (source) {
        source->file = file;
        source->word = call->argv[first];
        source->path = arena_copy(&shell->process->arena, path.data, path.size);
        source->given = call->argv + first + 1;
        source->given_count = call->argc - first - 1;
    } else {
        k_drop(file);
    }
    buffer_free(&path);
    return SH_GOES_ON;
}

/* --- exec --- */

/* What a program is to take itself for. */
static char *name_for(struct shell *shell, const char *name, bool login)
{
    size_t size = strlen(name);
    char *made = arena_take(&shell->process->arena, size + 2);

    if (made == NULL) return NULL;
    made[0] = '-';
    memcpy(made + login, name, size + 1);
    return made;
}

static enum sh_step run_exec(struct shell *shell, struct sh_builtin_call *call)
{
    struct sh_options options = {0};
    const char *name = NULL;
    bool clean = false, login = false;
    enum sh_step step;
    int letter;

    while ((letter = sh_next_option(shell, call, "cla:", &options)) > 0) {
        clean |= letter == 'c';
        login |= letter == 'l';
        if (letter == 'a') name = options.value;
    }
    if (letter < 0) return SH_RETURNS;
    shell->status = 0;
    if (options.index >= call->argc) return SH_RETURNS; /* for its redirections alone */
    if (clean) {
        sh_forget_exported(shell);
        shell->exported = k_make_environment(shell->kernel, NULL, 0);
    }
    if (login || name) shell->program_name = name_for(shell, name ? name : call->argv[options.index], login);
    step = sh_run_program(shell, call->argc - options.index, call->argv + options.index, SH_REPLACES, true,
                          NULL);
    if (step == SH_REPLACED) return step; /* and the shell is no more */
    shell->program_name = NULL;
    if (!shell->interactive && !shell->is_session && !sh_shopt(shell, SH_SHOPT_EXECFAIL))
        sh_unwind(shell, SH_EXITS, 0);
    return SH_RETURNS;
}

/* --- shift --- */

void sh_replace_arguments(struct shell *shell, int argc, char **argv)
{
    struct sh_arguments *arguments = sh_make_arguments(shell, argc, argv);

    if (arguments == NULL) {
        sh_out_of_memory(shell);
        return;
    }
    sh_drop_arguments(shell, shell->arguments);
    shell->arguments = arguments;
}

static enum sh_step run_shift(struct shell *shell, struct sh_builtin_call *call)
{
    int first = call->argc > 1 && strcmp(call->argv[1], "--") == 0 ? 2 : 1;
    long long count = 1;

    shell->status = 1;
    if (call->argc > first + 1) return too_many(shell, call);
    if (call->argc > first && !read_number(call->argv[first], &count)) {
        sh_builtin_error(shell, "shift", "%s: numeric argument required", call->argv[first]);
        return SH_RETURNS;
    }
    if (count < 0 || count > shell->arguments->count) {
        if (count < 0 || sh_shopt(shell, SH_SHOPT_SHIFT_VERBOSE))
            sh_builtin_error(shell, "shift", "%lld: shift count out of range", count);
        return SH_RETURNS;
    }
    shell->status = 0;
    if (count)
        sh_replace_arguments(shell, shell->arguments->count - (int)count, shell->arguments->values + count);
    return SH_RETURNS;
}

/* --- command, builtin and type --- */

enum type_format { TYPE_LONG, TYPE_WORD, TYPE_PATH, TYPE_SHORT /* command -v */ };

static void describe_alias(struct shell *shell, const struct sh_alias *alias, enum type_format format)
{
    struct buffer text = {0};

    if (format == TYPE_WORD) sh_print(shell, "alias\n");
    if (format == TYPE_LONG) sh_print(shell, "%s is aliased to `%s'\n", alias->name, alias->value);
    if (format == TYPE_SHORT) {
        sh_quote(&text, alias->value, alias->size, SH_QUOTE_SINGLE);
        sh_print(shell, "alias %s=%s\n", alias->name, buffer_string(&text));
    }
    buffer_free(&text);
}

static void describe_function(struct shell *shell, const struct sh_function *function,
                              enum type_format format)
{
    if (format == TYPE_WORD) sh_print(shell, "function\n");
    if (format == TYPE_SHORT) sh_print(shell, "%s\n", function->name);
    if (format != TYPE_LONG) return;
    sh_print(shell, "%s is a function\n", function->name);
    sh_print_function(&shell->output, function->name, function->body);
}

static bool describe_paths(struct shell *shell, const char *name, enum type_format format, bool all,
                           bool default_path)
{
    struct sh_text_ref path = sh_get(shell, "PATH");
    struct buffer found = {0};
    struct k_stat stat;
    bool any = false;
    size_t at, end;

    if (strchr(name, '/')) {
        any = k_access(shell->process, name, 1) == 0 &&
              k_stat_path(shell->process, name, K_FOLLOW, &stat) == 0 && stat.kind != K_DIRECTORY;
        if (any)
            sh_print(shell,
                     format == TYPE_WORD   ? "file\n"
                     : format == TYPE_LONG ? "%s is %s\n"
                                           : "%s\n",
                     name, name);
        return any;
    }
    if (default_path || path.data == NULL) path = (struct sh_text_ref){"/usr/bin:/bin", 13};
    for (at = 0; at <= path.size && !(any && !all); at = end + 1) {
        const char *colon = path.size > at ? memchr(path.data + at, ':', path.size - at) : NULL;
        end = colon ? (size_t)(colon - path.data) : path.size;
        buffer_clear(&found);
        buffer_put(&found, end > at ? path.data + at : ".", end > at ? end - at : 1);
        buffer_printf(&found, "/%s", name);
        if (found.failed) {
            sh_out_of_memory(shell);
            break;
        }
        if (k_stat_path(shell->process, buffer_string(&found), K_FOLLOW, &stat) < 0 ||
            stat.kind == K_DIRECTORY || !(stat.mode & 0100))
            continue;
        any = true;
        if (format == TYPE_WORD)
            sh_print(shell, "file\n");
        else if (format == TYPE_LONG)
            sh_print(shell, "%s is %s\n", name, found.data);
        else
            sh_print(shell, "%s\n", found.data);
    }
    buffer_free(&found);
    return any;
}

struct type_request {
    enum type_format format;
    bool all, no_functions, path_only, force_path, default_path;
};

static bool describe(struct shell *shell, const char *name, const struct type_request *request)
{
    const struct sh_alias *alias = sh_find_alias(shell, name, strlen(name));
    const struct sh_function *function = request->no_functions ? NULL : sh_find_function(shell, name);
    const struct sh_builtin *builtin = sh_find_builtin(name);
    bool any = false;

    if (!request->force_path) {
        if (alias && sh_dialect_of(shell).alias) {
            if (!request->path_only) describe_alias(shell, alias, request->format);
            any = true;
        }
        if (sh_is_keyword(name, strlen(name)) && (!any || request->all)) {
            if (!request->path_only)
                sh_print(shell,
                         request->format == TYPE_WORD   ? "keyword\n"
                         : request->format == TYPE_LONG ? "%s is a shell keyword\n"
                                                        : "%s\n",
                         name);
            any = true;
        }
        if (function && (!any || request->all)) {
            if (!request->path_only) describe_function(shell, function, request->format);
            any = true;
        }
        if (builtin && sh_builtin_is_enabled(shell, builtin) && (!any || request->all)) {
            bool special = builtin->flags & SH_SPECIAL && sh_has(shell, SH_OPTION_POSIX);
            if (!request->path_only)
                sh_print(shell,
                         request->format == TYPE_WORD ? "builtin\n"
                         : request->format == TYPE_LONG
                             ? special ? "%s is a special shell builtin\n" : "%s is a shell builtin\n"
                             : "%s\n",
                         name);
            any = true;
        }
    }
    if (!any || request->all)
        any = describe_paths(shell, name, request->format, request->all, request->default_path) || any;
    return any;
}

static enum sh_step run_type(struct shell *shell, struct sh_builtin_call *call)
{
    struct type_request request = {0};
    struct sh_options options = {0};
    int letter, i;

    while ((letter = sh_next_option(shell, call, "afptP", &options)) > 0) {
        request.all |= letter == 'a';
        request.no_functions |= letter == 'f';
        if (letter == 't') request.format = TYPE_WORD;
        if (letter == 'p' || letter == 'P') {
            request.format = TYPE_PATH;
            request.path_only = true;
        }
        request.force_path |= letter == 'P';
    }
    if (letter < 0) return SH_RETURNS;
    shell->status = 0;
    for (i = options.index; i < call->argc; i++) {
        if (describe(shell, call->argv[i], &request)) continue;
        if (request.format == TYPE_LONG) sh_builtin_error(shell, "type", "%s: not found", call->argv[i]);
        shell->status = 1;
    }
    return SH_RETURNS;
}

static enum sh_step run_command_builtin(struct shell *shell, struct sh_builtin_call *call)
{
    struct type_request request = {.format = TYPE_SHORT};
    struct sh_options options = {0};
    bool describes = false, default_path = false;
    int letter, i;

    while ((letter = sh_next_option(shell, call, "pvV", &options)) > 0) {
        default_path |= letter == 'p';
        describes |= letter != 'p';
        if (letter == 'V') request.format = TYPE_LONG;
    }
    if (letter < 0) return SH_RETURNS;
    shell->status = 0;
    if (options.index >= call->argc) return SH_RETURNS;
    if (!describes) {
        sh_run_rest(shell, call, options.index, SH_NO_FUNCTIONS | (default_path ? SH_DEFAULT_PATH : 0));
        return SH_GOES_ON;
    }
    request.default_path = default_path;
    shell->status = 1;
    for (i = options.index; i < call->argc; i++) {
        if (describe(shell, call->argv[i], &request))
            shell->status = 0;
        else if (request.format == TYPE_LONG)
            sh_builtin_error(shell, "command", "%s: not found", call->argv[i]);
    }
    return SH_RETURNS;
}

static enum sh_step run_builtin(struct shell *shell, struct sh_builtin_call *call)
{
    int first = call->argc > 1 && strcmp(call->argv[1], "--") == 0 ? 2 : 1;

    shell->status = 0;
    if (call->argc <= first) return SH_RETURNS;
    if (sh_find_builtin(call->argv[first]) == NULL) {
        sh_builtin_error(shell, "builtin", "%s: not a shell builtin", call->argv[first]);
        shell->status = 1;
        return SH_RETURNS;
    }
    sh_run_rest(shell, call, first, SH_NO_FUNCTIONS);
    return SH_GOES_ON;
}

#define BUILTIN(id, text, function, bits, words)                                                             \
    const struct sh_builtin sh_builtin_##id = {                                                              \
        .name = (text), .run = (function), .flags = (bits), .usage = (words)}

BUILTIN(break, "break", run_break, SH_SPECIAL, "break [n]");
BUILTIN(builtin, "builtin", run_builtin, SH_KEEPS_STATUSES, "builtin [shell-builtin [arg ...]]");
BUILTIN(command, "command", run_command_builtin, SH_KEEPS_STATUSES, "command [-pVv] command [arg ...]");
BUILTIN(continue, "continue", run_continue, SH_SPECIAL, "continue [n]");
BUILTIN(dot, ".", run_source, SH_SPECIAL, ". filename [arguments]");
BUILTIN(eval, "eval", run_eval, SH_SPECIAL | SH_KEEPS_STATUSES, "eval [arg ...]");
BUILTIN(exec, "exec", run_exec, SH_SPECIAL,
        "exec [-cl] [-a name] [command [argument ...]] [redirection ...]");
BUILTIN(exit, "exit", run_exit, SH_SPECIAL, "exit [n]");
BUILTIN(return, "return", run_return, SH_SPECIAL, "return [n]");
BUILTIN(shift, "shift", run_shift, SH_SPECIAL, "shift [n]");
BUILTIN(source, "source", run_source, SH_SPECIAL, "source filename [arguments]");
BUILTIN(type, "type", run_type, 0, "type [-afptP] name [name ...]");
