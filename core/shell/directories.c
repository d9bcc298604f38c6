#include "shell/directories.h"

#include "shell/test_operators.h"

/* --- where the shell is --- */

/* Whether a path has no "." or ".." in it, and leads to the working directory. */
static bool is_working_directory(const struct shell *shell, const char *path)
{
    const char *at;
    struct k_node node;

    if (*path != '/') return false;
    for (at = path; (at = strchr(at, '/')) != NULL;) {
        size_t length = strcspn(++at, "/");
        if ((length == 1 && at[0] == '.') || (length == 2 && at[0] == '.' && at[1] == '.')) return false;
    }
    return k_resolve(shell->process, path, K_FOLLOW, &node) == 0 &&
           k_same_node(node, shell->process->directory->node);
}

const char *sh_working_directory(struct shell *shell)
{
    struct sh_text_ref path = sh_get(shell, "PWD");

    if (path.data && is_working_directory(shell, path.data)) return path.data;
    return shell->process->directory->path;
}

void sh_put_short_directory(struct shell *shell, const char *path, struct buffer *out)
{
    struct sh_text_ref home = sh_get(shell, "HOME");
    bool is_short = home.size > 1 && strncmp(path, home.data, home.size) == 0 &&
                    (path[home.size] == '\0' || path[home.size] == '/');

    if (is_short) buffer_put_byte(out, '~');
    buffer_put_string(out, path + (is_short ? home.size : 0));
}

/* --- changing it --- */

static bool is_directory(const struct shell *shell, const char *path)
{
    struct k_stat stat;
    return k_stat_path(shell->process, path, K_FOLLOW, &stat) == 0 && stat.kind == K_DIRECTORY;
}

/* Takes one part of a path to an absolute path without dots. False: ".." behind what is no directory. */
static bool add_part(const struct shell *shell, struct buffer *path, const char *part, size_t length)
{
    size_t root = path->size > 1 && path->data[1] == '/' ? 2 : 1;

    if (length == 0 || (length == 1 && part[0] == '.')) return true;
    if (length == 2 && part[0] == '.' && part[1] == '.') {
        if (!is_directory(shell, buffer_string(path))) return false;
        while (path->size > root && path->data[path->size - 1] != '/') path->size--;
        if (path->size > root) path->size--;
        path->data[path->size] = '\0';
        return true;
    }
    if (path->size > root) buffer_put_byte(path, '/');
    buffer_put(path, part, length);
    return true;
}

/* The path with "." and ".." taken out as the user sees it: ".." undoes the part before it, were it a link or
 * not. Two slashes at the beginning stay (POSIX.1-2017 XBD 4.13). False: it is not to be had. */
static bool make_logical(struct shell *shell, const char *path, struct buffer *logical)
{
    const char *starts[2] = {*path == '/' ? "" : sh_working_directory(shell), path}, *first;
    int i;

    first = *path == '/' ? path : starts[0];
    buffer_put_string(logical, first[0] == '/' && first[1] == '/' && first[2] != '/' ? "//" : "/");
    for (i = 0; i < 2; i++) {
        const char *at = starts[i];
        while (*at && !logical->failed) {
            size_t length = strcspn(at, "/");
            if (!add_part(shell, logical, at, length)) return false;
            at += length + (at[length] == '/');
        }
    }
    return !logical->failed;
}

/* Goes to a directory; *path becomes the path that PWD gets. 0 or a negative error. */
static int change(struct shell *shell, const char *path, bool physical, struct buffer *now)
{
    int result = UMBRA_ENOENT;

    buffer_clear(now);
    if (!physical && make_logical(shell, path, now)) {
        result = k_change_directory(shell->process, buffer_string(now));
        if (result == 0) return 0;
    }
    /* An empty path is where the shell is, as in bash. */
    result = k_change_directory(shell->process, *path ? path : ".");
    buffer_clear(now);
    buffer_put_string(now, shell->process->directory->path);
    return result;
}

/* One of CDPATH with the path behind it. */
static void join(struct shell *shell, const char *directory, size_t length, const char *path,
                 struct buffer *joined)
{
    struct sh_text_ref home = {NULL, 0};

    buffer_clear(joined);
    if (length && directory[0] == '~' && (length == 1 || directory[1] == '/')) home = sh_get(shell, "HOME");
    if (home.data) {
        buffer_put(joined, home.data, home.size);
        directory++;
        length--;
    }
    buffer_put(joined, directory, length);
    if (joined->size && joined->data[joined->size - 1] != '/') buffer_put_byte(joined, '/');
    buffer_put_string(joined, path);
}

static bool searches(const char *path)
{
    size_t dots = strspn(path, ".");
    return *path && *path != '/' && (dots == 0 || dots > 2 || (path[dots] && path[dots] != '/'));
}

/* By CDPATH. *shown: it is to be printed. */
static bool search(struct shell *shell, const char *path, bool physical, struct buffer *now, bool *shown)
{
    struct sh_text_ref paths = sh_get(shell, "CDPATH");
    struct buffer joined = {0};
    const char *at = paths.data;
    bool found = false;

    while (at && *paths.data && !found) {
        size_t length = strcspn(at, ":");
        join(shell, at, length, path, &joined);
        found = !joined.failed && change(shell, buffer_string(&joined), physical, now) == 0;
        *shown = found && length > 0;
        at = at[length] ? at + length + 1 : NULL;
    }
    buffer_free(&joined);
    return found;
}

static bool find(struct shell *shell, const char *name, const char *path, bool physical, struct buffer *now,
                 bool *shown)
{
    struct sh_text_ref value = {NULL, 0};
    int result;

    if (searches(path) && search(shell, path, physical, now, shown)) return true;
    result = change(shell, path, physical, now);
    if (result == 0) return true;
    if (sh_shopt(shell, SH_SHOPT_CDABLE_VARS)) value = sh_get(shell, path);
    if (value.data && change(shell, value.data, physical, now) == 0) {
        *shown = true;
        return true;
    }
    sh_builtin_error(shell, name, "%s: %s", path, k_error_text(result));
    return false;
}

/* The directory that is gone to when none is named, or "-"; NULL: said. */
static const char *usual(struct shell *shell, const char *name, const char *path, bool *shown)
{
    const char *variable = path == NULL ? "HOME" : "OLDPWD";
    struct sh_text_ref value;

    if (path && strcmp(path, "-") != 0) return path;
    value = sh_get(shell, variable);
    if (value.data == NULL) sh_builtin_error(shell, name, "%s not set", variable);
    *shown = path != NULL;
    return value.data;
}

bool sh_change_directory(struct shell *shell, const char *name, const char *path, bool physical)
{
    struct sh_text_ref before;
    struct buffer now = {0}, old = {0};
    bool done = false, shown = false;

    path = usual(shell, name, path, &shown);
    if (path == NULL || !find(shell, name, path, physical, &now, &shown)) goto end;
    before = sh_get(shell, "PWD");
    buffer_put(&old, before.data, before.data ? before.size : 0);
    if (now.failed || old.failed) {
        sh_out_of_memory(shell);
        goto end;
    }
    done = sh_set(shell, "OLDPWD", buffer_string(&old), old.size);
    done = sh_set(shell, "PWD", buffer_string(&now), now.size) && done;
    if (shown) sh_print(shell, "%s\n", buffer_string(&now));
end:
    buffer_free(&now);
    buffer_free(&old);
    return done;
}

/* --- the stack --- */

size_t sh_directory_count(const struct shell *shell)
{
    return shell->directories ? shell->directories->count : 0;
}

const char *sh_directory_at(struct shell *shell, size_t index)
{
    if (index == 0) return sh_working_directory(shell);
    return index <= sh_directory_count(shell) ? shell->directories->paths[index - 1] : NULL;
}

const char *sh_directory_named(struct shell *shell, const char *text)
{
    int64_t number;

    if (!sh_read_integer(text + (*text == '+' || *text == '-'), &number) || number < 0) return NULL;
    if (*text == '-') number = (int64_t)sh_directory_count(shell) - number;
    return number < 0 ? NULL : sh_directory_at(shell, (size_t)number);
}

bool sh_set_directories(struct shell *shell, const char *const *paths, size_t count)
{
    size_t bytes = sizeof(struct sh_directory) + count * sizeof(char *), i;
    struct sh_directory *directories;
    char *at;

    for (i = 0; i < count; i++) bytes += strlen(paths[i]) + 1;
    directories = memory_take(&shell->kernel->account, bytes);
    if (directories == NULL) {
        sh_out_of_memory(shell);
        return false;
    }
    *directories = (struct sh_directory){.references = 1, .bytes = bytes, .count = count};
    at = (char *)&directories->paths[count];
    for (i = 0; i < count; i++) {
        size_t size = strlen(paths[i]) + 1;
        directories->paths[i] = memcpy(at, paths[i], size);
        at += size;
    }
    sh_free_directories(shell);
    shell->directories = directories;
    return true;
}

struct sh_directory *sh_keep_directories(const struct shell *shell)
{
    if (shell->directories) shell->directories->references++;
    return shell->directories;
}

void sh_free_directories(struct shell *shell)
{
    struct sh_directory *directories = shell->directories;

    shell->directories = NULL;
    if (directories && --directories->references == 0)
        memory_give(&shell->kernel->account, directories, directories->bytes);
}
