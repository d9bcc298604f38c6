/* builtin_hash.c: hash (bash 5.2 manual, "Bourne Shell Builtins"). */
#include "shell/execute.h"
#include "shell/hashed.h"

struct request {
    bool tells, drops, lists, forgets;
    const char *path; /* of -p; NULL: none */
};

static bool take_options(struct shell *shell, const struct sh_builtin_call *call, struct sh_options *options,
                         struct request *request)
{
    int letter;

    while ((letter = sh_next_option(shell, call, "dlp:rt", options)) > 0) {
        request->tells |= letter == 't';
        request->drops |= letter == 'd';
        request->lists |= letter == 'l';
        request->forgets |= letter == 'r';
        if (letter == 'p') request->path = options->value;
    }
    return letter == 0;
}

static bool not_found(struct shell *shell, const char *name)
{
    sh_builtin_error(shell, "hash", "%s: not found", name);
    return false;
}

static bool look_up(struct shell *shell, const char *name)
{
    struct buffer path = {0};
    bool found = strchr(name, '/') != NULL || sh_find_in_path(shell, name, false, &path);

    if (found && path.size) sh_hashed_add(shell, name, path.data, 0);
    buffer_free(&path);
    return found || not_found(shell, name);
}

static bool take_name(struct shell *shell, const struct request *request, const char *name, bool several)
{
    const struct sh_hashed *hashed = sh_hashed_find(shell, name);

    if (request->path) {
        sh_hashed_add(shell, name, request->path, 0);
        return true;
    }
    if (request->drops) return sh_hashed_forget(shell, name) || not_found(shell, name);
    if (!request->tells) return sh_find_builtin(name) != NULL || look_up(shell, name);
    if (hashed == NULL) return not_found(shell, name);
    if (request->lists)
        sh_print(shell, "builtin hash -p %s %s\n", hashed->path, name);
    else if (several)
        sh_print(shell, "%s\t%s\n", name, hashed->path);
    else
        sh_print(shell, "%s\n", hashed->path);
    return true;
}

static void list(struct shell *shell, bool as_commands)
{
    const struct sh_hashed *hashed;

    if (sh_hashed_first(shell) == NULL) {
        if (!as_commands) sh_print(shell, "hash: hash table empty\n");
        return;
    }
    if (!as_commands) sh_print(shell, "hits\tcommand\n");
    for (hashed = sh_hashed_first(shell); hashed; hashed = hashed->next)
        if (as_commands)
            sh_print(shell, "builtin hash -p %s %s\n", hashed->path, hashed->name);
        else
            sh_print(shell, "%4u\t%s\n", hashed->hits, hashed->path);
}

static enum sh_step run_hash(struct shell *shell, struct sh_builtin_call *call)
{
    struct sh_options options = {0};
    struct request request = {0};
    int i;

    if (!take_options(shell, call, &options, &request)) return SH_RETURNS;
    shell->status = 0;
    if (request.forgets) sh_hashed_forget_all(shell);
    if (options.index == call->argc && (request.tells || request.drops)) {
        sh_builtin_error(shell, "hash", "-%c: option requires an argument", request.tells ? 't' : 'd');
        shell->status = 1;
    } else if (options.index == call->argc && !request.forgets && request.path == NULL) {
        list(shell, request.lists);
    }
    for (i = options.index; i < call->argc; i++)
        if (!take_name(shell, &request, call->argv[i], call->argc > options.index + 1)) shell->status = 1;
    return SH_RETURNS;
}

const struct sh_builtin sh_builtin_hash = {
    .name = "hash", .run = run_hash, .usage = "hash [-lr] [-p pathname] [-dt] [name ...]"};
