/* glob.c: pathname expansion (POSIX.1-2017, XCU 2.6.6; bash 5.2 manual, "Filename Expansion"). */
#include <stdlib.h>

#include "shell/expand.h"
#include "shell/pattern.h"

struct globbing {
    struct shell *shell;
    const char *pattern;
    size_t size;
    struct sh_fields *found;
    struct sh_text path; /* so far */
    unsigned flags;
    bool failed;
};

static void match_from(struct globbing *glob, size_t at);

/* The text of a component without glob characters. */
static void put_plain(struct sh_text *path, const char *text, size_t size)
{
    size_t i;

    for (i = 0; i < size; i++) {
        if (text[i] == '\\' && i + 1 < size) i++;
        sh_text_byte(path, text[i]);
    }
}

static void cut_path(struct globbing *glob, size_t size)
{
    glob->path.size = size;
    if (glob->path.data) glob->path.data[size] = '\0';
}

static bool exists(const struct globbing *glob, bool directory)
{
    struct k_stat stat;
    enum k_resolve_flag flags = directory ? K_FOLLOW : K_NO_FOLLOW;

    return k_stat_path(glob->shell->process, sh_text_get(&glob->path), flags, &stat) == 0 &&
           (!directory || stat.kind == K_DIRECTORY);
}

static void add(struct globbing *glob)
{
    if (!sh_add_field(glob->shell, glob->found, sh_text_get(&glob->path), glob->path.size))
        glob->failed = true;
}

/* Behind a component: slashes, and the rest; or the end. */
static void go_on(struct globbing *glob, size_t at)
{
    size_t size = glob->path.size, next = at;

    if (at == glob->size) {
        add(glob);
        return;
    }
    while (next < glob->size && glob->pattern[next] == '/') next++;
    sh_text_put(&glob->path, glob->pattern + at, next - at);
    if (next < glob->size)
        match_from(glob, next);
    else if (exists(glob, true))
        add(glob);
    cut_path(glob, size);
}

static bool list(struct globbing *glob, struct k_listing *listing)
{
    struct arena *arena = &glob->shell->process->arena;

    sh_charge(glob->shell, 256);
    return k_list(glob->shell->process, glob->path.size ? glob->path.data : ".", arena, listing) == 0;
}

static bool hidden(const struct globbing *glob, const char *name)
{
    return name[0] == '.' && !(glob->flags & SH_PATTERN_DOTGLOB);
}

/* . and .. */
static void match_dots(struct globbing *glob, const struct sh_pattern *pattern, size_t end)
{
    static const char *const names[] = {".", ".."};
    size_t size = glob->path.size, i;

    for (i = 0; i < 2; i++) {
        if (sh_pattern_match(pattern, names[i], strlen(names[i]), &glob->shell->temporary) != 1) continue;
        sh_text_string(&glob->path, names[i]);
        go_on(glob, end);
        cut_path(glob, size);
    }
}

static void match_names(struct globbing *glob, size_t at, size_t end)
{
    struct shell *shell = glob->shell;
    struct sh_pattern *pattern;
    struct k_listing listing;
    struct error error;
    size_t size = glob->path.size, i;

    if (sh_pattern_compile(&shell->process->arena, glob->pattern + at, end - at, glob->flags, &pattern,
                           &error) < 0 ||
        !list(glob, &listing))
        return;
    if (!sh_shopt(shell, SH_SHOPT_GLOBSKIPDOTS)) match_dots(glob, pattern, end);
    for (i = 0; i < listing.count && !glob->failed; i++) {
        const char *name = listing.names[i];
        if (end < glob->size && listing.kinds[i] != K_DIRECTORY && listing.kinds[i] != K_LINK) continue;
        if (sh_pattern_match(pattern, name, strlen(name), &shell->temporary) != 1) continue;
        sh_text_string(&glob->path, name);
        go_on(glob, end);
        cut_path(glob, size);
        sh_charge(shell, 64);
    }
}

/* Directories below that a ** goes through, links not among them. */
static void descend(struct globbing *glob, size_t at, size_t end, unsigned depth)
{
    struct k_listing listing;
    size_t size = glob->path.size, i;
    bool last = end == glob->size;

    if (depth > ST_DEPTH_MAX || !list(glob, &listing)) return;
    for (i = 0; i < listing.count && !glob->failed; i++) {
        if (hidden(glob, listing.names[i])) continue;
        sh_text_string(&glob->path, listing.names[i]);
        if (last) add(glob);
        if (listing.kinds[i] == K_DIRECTORY) {
            sh_text_byte(&glob->path, '/');
            if (!last) match_from(glob, end);
            descend(glob, at, end, depth + 1);
        }
        cut_path(glob, size);
    }
}

static void match_deep(struct globbing *glob, size_t at, size_t end)
{
    size_t next = end;

    while (next < glob->size && glob->pattern[next] == '/') next++;
    if (next == glob->size && next > end) { /* two stars and a slash: directories only */
        match_names(glob, at, end);
        return;
    }
    if (next < glob->size)
        match_from(glob, next);
    else if (glob->path.size)
        add(glob);
    descend(glob, at, next, 0);
}

static void match_from(struct globbing *glob, size_t at)
{
    size_t end = at, size = glob->path.size;

    while (end < glob->size && glob->pattern[end] != '/') end += glob->pattern[end] == '\\' ? 2 : 1;
    if (end > glob->size) end = glob->size;
    if (end - at == 2 && memcmp(glob->pattern + at, "**", 2) == 0 &&
        sh_shopt(glob->shell, SH_SHOPT_GLOBSTAR)) {
        match_deep(glob, at, end);
    } else if (sh_pattern_has_glob(glob->pattern + at, end - at, glob->flags)) {
        match_names(glob, at, end);
    } else {
        put_plain(&glob->path, glob->pattern + at, end - at);
        if (exists(glob, end < glob->size)) go_on(glob, end);
    }
    cut_path(glob, size);
}

/* --- order and GLOBIGNORE --- */

/* A stable merge sort by bytes. */
static bool sort_paths(struct shell *shell, char **paths, size_t count)
{
    char **from = paths, **to = arena_take(&shell->process->arena, (count + 1) * sizeof *to), **spare = to;
    size_t width, start;

    if (to == NULL) return false;
    for (width = 1; width < count; width *= 2) {
        char **swap;
        for (start = 0; start < count; start += 2 * width) {
            size_t middle = start + width < count ? start + width : count;
            size_t end = start + 2 * width < count ? start + 2 * width : count;
            size_t a = start, b = middle, at = start;
            while (at < end)
                to[at++] = b == end || (a < middle && strcmp(from[a], from[b]) <= 0) ? from[a++] : from[b++];
        }
        swap = from;
        from = to;
        to = swap;
    }
    if (from == spare) memcpy(paths, from, count * sizeof *paths);
    return true;
}

/* Patterns stand with colons between them, but not those of a [[:class:]]. */
static size_t pattern_end(struct sh_text_ref patterns, size_t at)
{
    unsigned brackets = 0;

    for (; at < patterns.size; at++) {
        if (patterns.data[at] == '\\')
            at++;
        else if (patterns.data[at] == '[')
            brackets++;
        else if (patterns.data[at] == ']' && brackets)
            brackets--;
        else if (patterns.data[at] == ':' && !brackets)
            return at;
    }
    return patterns.size;
}

/* Paths that match one of the patterns of GLOBIGNORE are left out; so are . and .. then. */
static bool is_ignored(struct shell *shell, struct sh_text_ref patterns, const char *path)
{
    const char *name = strrchr(path, '/');
    size_t at = 0, end;

    name = name ? name + 1 : path;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) return true;
    for (; at < patterns.size; at = end + 1) {
        struct sh_pattern *pattern;
        struct error error;
        end = pattern_end(patterns, at);
        if (sh_pattern_compile(&shell->process->arena, patterns.data + at, end - at,
                               SH_PATTERN_PATH | SH_PATTERN_DOTGLOB |
                                   (sh_shopt(shell, SH_SHOPT_EXTGLOB) ? SH_PATTERN_EXTGLOB : 0),
                               &pattern, &error) == 0 &&
            sh_pattern_match(pattern, path, strlen(path), &shell->temporary) == 1)
            return true;
    }
    return false;
}

static void leave_out(struct shell *shell, struct sh_text_ref patterns, struct sh_fields *found)
{
    size_t i, kept = 0;

    for (i = 0; i < found->count; i++)
        if (!is_ignored(shell, patterns, found->items[i])) found->items[kept++] = found->items[i];
    found->count = kept;
}

bool sh_glob(struct shell *shell, const char *pattern, size_t size, struct sh_fields *fields, bool *any)
{
    struct sh_fields found = {0};
    struct sh_text_ref ignore = sh_get(shell, "GLOBIGNORE");
    bool ignores = ignore.data && ignore.size;
    struct globbing glob = {.shell = shell, .pattern = pattern, .size = size, .found = &found};
    size_t at = 0, i;

    glob.path.arena = &shell->process->arena;
    glob.flags = SH_PATTERN_PATH | (sh_shopt(shell, SH_SHOPT_EXTGLOB) ? SH_PATTERN_EXTGLOB : 0) |
                 (sh_shopt(shell, SH_SHOPT_NOCASEGLOB) ? SH_PATTERN_NOCASE : 0) |
                 (sh_shopt(shell, SH_SHOPT_DOTGLOB) || ignores ? SH_PATTERN_DOTGLOB : 0);
    while (at < size && pattern[at] == '/') at++;
    sh_text_put(&glob.path, pattern, at);
    match_from(&glob, at);
    if (shell->process->arena.failed || glob.failed) return false;
    if (ignores) leave_out(shell, ignore, &found);
    *any = found.count > 0;
    if (found.count == 0) {
        if (!sh_shopt(shell, SH_SHOPT_FAILGLOB)) return true;
        sh_error(shell, "no match: %.*s", (int)size, pattern);
        sh_abort(shell, 1);
        return false;
    }
    if (!sort_paths(shell, found.items, found.count)) return false;
    for (i = 0; i < found.count; i++) /* two ** may lead to the same path */
        if (!(i && strcmp(found.items[i], found.items[i - 1]) == 0) &&
            !sh_add_field(shell, fields, found.items[i], strlen(found.items[i])))
            return false;
    return true;
}
