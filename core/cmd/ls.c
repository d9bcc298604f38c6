/* ls: list directories. POSIX.1-2017 ls, with the options of GNU coreutils 9.1 but --dired, --hyperlink and
 * --context. There is one owner, "user". */
#include "cmd/ls.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/match.h"
#include "cmd/order.h"

#define NAME_FUEL 16 /* for what is done for a name, in each of the passes over them */

static const char help[] =
    "Usage: ls [OPTION]... [FILE]...\n"
    "List the FILEs, or what is in them when they are directories; the current directory without FILE.\n"
    "\n"
    "  -a, --all            also names that begin with .\n"
    "  -A, --almost-all     the same without . and ..\n"
    "  -b, --escape         odd characters as \\n or octal\n"
    "  -B, --ignore-backups not what ends with ~\n"
    "  -C                   in columns; -x across, -m with commas, -1 one a line\n"
    "      --color[=WHEN]   colours: always, auto or never\n"
    "  -d, --directory      directories themselves, not what is in them\n"
    "  -f                   all, in the order of the directory\n"
    "  -F, --classify[=WHEN] add one of */=@| to names; --file-type without *; -p only /\n"
    "      --group-directories-first\n"
    "  -h, --human-readable sizes as 1K or 2M; --si by powers of 1000\n"
    "  -H, -L               follow links given as FILE; all links\n"
    "  -i, --inode          with the number of each file\n"
    "  -I, --ignore=PATTERN, --hide=PATTERN  not those names\n"
    "  -l                   in long form; -g without owner, -o without group, -n with numbers\n"
    "      --full-time      -l with all of the time; --time-style=STYLE, +FORMAT\n"
    "  -q, -N, -Q, --quoting-style=WORD  how names are written\n"
    "  -r, --reverse        the other way round\n"
    "  -R, --recursive      with all directories below\n"
    "  -s, --size           with the blocks of each file; -k, --block-size=SIZE\n"
    "  -S, -t, -U, -v, -X, --sort=WORD  by size, time, not at all, by version, by extension\n"
    "  -w, --width=COLUMNS, -T, --tabsize=COLUMNS\n"
    "      --zero           end lines with NUL\n"
    "      --help           this text\n"
    "      --version        the version\n";

/* --- entries --- */

/* The target of a link, and what it leads to. */
static bool read_target(struct k_process *process, struct ls *ls, const char *path, struct ls_entry *entry)
{
    struct buffer target = {0};
    int result = k_read_link(process, path, &target);

    if (result == 0) {
        entry->target = arena_copy(&ls->page, buffer_string(&target), target.size);
        entry->target_known = k_stat_path(process, path, K_FOLLOW, &entry->target_stat) == 0;
    }
    buffer_free(&target);
    return result == UMBRA_ENOMEM ? false : result < 0 || entry->target != NULL;
}

static bool grow_entries(struct ls *ls)
{
    size_t capacity = ls->capacity ? 2 * ls->capacity : 64;
    struct ls_entry **entries;

    if (ls->count < ls->capacity) return true;
    entries = arena_take(&ls->page, capacity * sizeof(void *));
    if (entries == NULL) return false;
    if (ls->count) memcpy(entries, ls->entries, ls->count * sizeof(void *));
    ls->entries = entries;
    ls->capacity = capacity;
    return true;
}

/* An entry of the page; NULL without memory. Of one that is not there, it is said and `known` is false. */
static struct ls_entry *add_entry(struct k_process *process, struct ls *ls, const char *path,
                                  const char *name, bool operand)
{
    bool follow = ls->follow == LS_FOLLOW_ALL || (operand && ls->follow != LS_FOLLOW_NONE);
    struct ls_entry *entry = arena_zero(&ls->page, sizeof *entry);
    struct k_stat stat;
    int result;

    if (entry == NULL || !grow_entries(ls)) return NULL;
    entry->name = name;
    result = k_stat_path(process, path, K_NO_FOLLOW, &entry->stat);
    entry->known = result == 0;
    entry->is_link = result == 0 && entry->stat.kind == K_LINK;
    if (entry->is_link && follow) {
        int followed = k_stat_path(process, path, K_FOLLOW, &stat);
        if (followed == 0 && (ls->follow != LS_FOLLOW_OPERAND_DIRECTORIES || stat.kind == K_DIRECTORY))
            entry->stat = stat;
        else if (followed < 0 && ls->follow >= LS_FOLLOW_OPERANDS)
            result = followed;
        if (result < 0) entry->known = false;
    }
    if (result < 0) {
        cmd_cannot(process, "access", path, result);
        ls->base.status = operand ? 2 : ls->base.status == 2 ? 2 : 1;
        if (operand) return entry;
    }
    if (entry->known && entry->stat.kind == K_LINK &&
        (ls->format == LS_LONG || ls->color == LS_ALWAYS || ls->directories_first) &&
        !read_target(process, ls, path, entry))
        return NULL;
    if (ls->format != LS_LONG) entry->target = NULL;
    ls->entries[ls->count++] = entry;
    return entry;
}

/* first: before what is pending already. */
static struct ls_pending *add_pending(struct k_process *process, struct ls_pending **at, const char *path,
                                      bool operand)
{
    struct ls_pending *pending = arena_take(&process->arena, sizeof *pending);

    if (pending == NULL) return NULL;
    *pending = (struct ls_pending){*at, path, operand};
    *at = pending;
    return pending;
}

static bool is_left_out(const struct ls *ls, const char *name)
{
    const struct ls_pattern *pattern;
    size_t length = strlen(name);

    if (*name == '.' && !ls->all && !ls->almost_all) return true;
    if (ls->backups_hidden && length && name[length - 1] == '~') return true;
    for (pattern = ls->patterns; pattern; pattern = pattern->next) {
        if (pattern->weak && (ls->all || ls->almost_all)) continue;
        if (cmd_match(pattern->text, name, CMD_MATCH_PERIOD)) return true;
    }
    return false;
}

/* --- order --- */

static const char *extension_of(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot ? dot : "";
}

static int compare_numbers(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_by_key(const struct ls_entry *a, const struct ls_entry *b, enum ls_sort sort)
{
    switch (sort) {
    case LS_BY_TIME:
        return a->stat.mtime > b->stat.mtime ? -1 : a->stat.mtime < b->stat.mtime;
    case LS_BY_SIZE:
        return compare_numbers(b->stat.size, a->stat.size);
    case LS_BY_EXTENSION:
        return strcmp(extension_of(a->name), extension_of(b->name));
    case LS_BY_VERSION:
        return cmd_compare_versions(a->name, b->name);
    case LS_BY_WIDTH:
        return compare_numbers(cmd_columns(a->name, strlen(a->name)), cmd_columns(b->name, strlen(b->name)));
    default:
        return 0;
    }
}

static bool is_directory(const struct ls_entry *entry)
{
    return entry->stat.kind == K_DIRECTORY ||
           (entry->stat.kind == K_LINK && entry->target_known && entry->target_stat.kind == K_DIRECTORY);
}

static int compare(const void *first, const void *second, const void *context)
{
    const struct ls_entry *a = first, *b = second;
    const struct ls *ls = context;
    int order;

    if (ls->directories_first && is_directory(a) != is_directory(b)) return is_directory(a) ? -1 : 1;
    order = compare_by_key(a, b, ls->sort);
    if (order == 0) order = strcmp(a->name, b->name);
    return ls->reverse ? -order : order;
}

static bool sort_page(struct k_process *process, struct ls *ls)
{
    struct arena_mark mark = arena_mark(&process->arena);
    int result = 0;

    if (ls->sort != LS_UNSORTED) result = cmd_order(process, (void **)ls->entries, ls->count, compare, ls);
    arena_release(&process->arena, mark);
    return result == 0;
}

/* --- directories --- */

static bool put_header(struct k_process *process, struct ls *ls, const char *path)
{
    struct buffer name = {0};
    bool quoted, failed;

    if (ls->printed) cmd_put_byte(process, '\n');
    ls->printed = true;
    if (!ls->headers) return true;
    ls_put_name(ls, path, &name, &quoted);
    failed = name.failed;
    cmd_put(process, name.data, name.size);
    cmd_put_string(process, ":\n");
    buffer_free(&name);
    return !failed;
}

/* Begins the page of the next directory: 1, 0: there is none, or UMBRA_ENOMEM. */
static int open_directory(struct k_process *process, struct ls *ls)
{
    while (ls->pending) {
        struct ls_pending *next = ls->pending;
        int result;
        ls->pending = next->next;
        arena_release(&ls->page, (struct arena_mark){0});
        ls->entries = NULL;
        ls->count = ls->capacity = ls->at = 0;
        ls->reading = next->path;
        result = k_list(process, next->path, &ls->page, &ls->names);
        k_charge(process, 64 * (ls->names.count + 1));
        if (result == UMBRA_ENOMEM) return result;
        if (result < 0) {
            cmd_cannot(process, "open directory", next->path, result);
            if (next->operand) ls->base.status = 2;
            continue;
        }
        return put_header(process, ls, next->path) ? 1 : UMBRA_ENOMEM;
    }
    return 0;
}

/* The next name of the directory that is read; index count and count + 1 are . and .. */
static bool take_name(struct k_process *process, struct ls *ls, size_t index)
{
    const char *name = index < ls->names.count    ? ls->names.names[index]
                       : index == ls->names.count ? "."
                                                  : "..";
    struct arena_mark mark = arena_mark(&process->arena);
    const struct ls_entry *entry;
    char *path;

    if (index < ls->names.count ? is_left_out(ls, name) : !ls->all) return true;
    path = cmd_join(process, ls->reading, name);
    entry = path ? add_entry(process, ls, path, name, false) : NULL;
    arena_release(&process->arena, mark);
    return entry != NULL;
}

/* With -R, the directories of the page come next, in its order. */
static bool queue_directories(struct k_process *process, struct ls *ls)
{
    struct ls_pending **at = &ls->pending;
    size_t i;

    for (i = 0; i < ls->count; i++) {
        const struct ls_entry *entry = ls->entries[i];
        char *path;
        if (!entry->known || entry->stat.kind != K_DIRECTORY) continue;
        if (strcmp(entry->name, ".") == 0 || strcmp(entry->name, "..") == 0) continue;
        path = cmd_join(process, ls->reading, entry->name);
        if (path == NULL || add_pending(process, at, path, false) == NULL) return false;
        at = &(*at)->next;
    }
    return true;
}

/* Operands that are directories are listed after the others, in their order. */
static bool gather_operand(struct k_process *process, struct ls *ls, const char *path)
{
    size_t count = ls->count;
    const struct ls_entry *entry = add_entry(process, ls, path, path, true);

    if (entry == NULL) return false;
    if (!entry->known) {
        ls->headers |= process->argc > 2;
        return true;
    }
    return ls->count > count;
}

static bool split_directories(struct k_process *process, struct ls *ls)
{
    struct ls_pending **at = &ls->pending;
    size_t i, kept = 0;

    if (ls->directory) return true;
    for (i = 0; i < ls->count; i++) {
        struct ls_entry *entry = ls->entries[i];
        if (entry->stat.kind != K_DIRECTORY) {
            ls->entries[kept++] = entry;
            continue;
        }
        if (add_pending(process, at, entry->name, true) == NULL) return false;
        at = &(*at)->next;
    }
    ls->count = kept;
    ls->headers = ls->recursive || process->argc > 2;
    return true;
}

static bool begin_page(struct k_process *process, struct ls *ls)
{
    if (!sort_page(process, ls)) return false;
    if (ls->reading == NULL && !split_directories(process, ls)) return false;
    if (ls->reading && ls->recursive && !queue_directories(process, ls)) return false;
    ls->any_quoted = false;
    return true;
}

/* Its names have been made ready to be shown. */
static bool begin_lines(struct k_process *process, struct ls *ls)
{
    if (!ls_lay_out(ls)) return false;
    if (ls->reading && (ls->format == LS_LONG || ls->blocks)) {
        char text[CMD_HUMAN_MAX];
        cmd_size_text(ls->total, &ls->block_style, text);
        cmd_printf(process, "total %s%c", text, ls->zero ? '\0' : '\n');
    }
    ls->printed |= ls->count > 0;
    return true;
}

static void ls_end(struct k_process *process)
{
    struct ls *ls = process->state;

    if (ls->page.account) arena_free(&ls->page);
    cmd_end(process);
}

static enum k_progress ls_run(struct k_process *process)
{
    struct ls *ls = process->state;
    int more;

    CO_BEGIN(process);
    ls_begin(process, ls);
    CMD_OPTIONS(process, ls_options, 0, ls_take_option, 2);
    ls_settle(process, ls);
    if (process->argc == 1) CMD_NEED(process, gather_operand(process, ls, ".") ? ls : NULL);
    for (ls->i = 1; ls->i < process->argc; ls->i++) {
        CMD_NEED(process, gather_operand(process, ls, process->argv[ls->i]) ? ls : NULL);
        CMD_RELIEVE(process);
    }
    for (;;) {
        CMD_NEED(process, begin_page(process, ls) ? ls : NULL);
        for (ls->at = 0; ls->at < ls->count; ls->at++) {
            CMD_NEED(process, ls_show_name(process, ls, ls->entries[ls->at]) ? ls : NULL);
            k_charge(process, NAME_FUEL);
            CMD_RELIEVE(process);
        }
        CMD_NEED(process, begin_lines(process, ls) ? ls : NULL);
        for (ls->at = 0; ls->at < ls->count; ls->at++) {
            ls_print_entry(process, ls, ls->at);
            k_charge(process, NAME_FUEL);
            CMD_RELIEVE(process);
        }
        ls_finish(process, ls);
        more = open_directory(process, ls);
        if (more == 0) break;
        CMD_NEED(process, more > 0 ? ls : NULL);
        for (ls->at = 0; ls->at < ls->names.count + 2; ls->at++) {
            CMD_NEED(process, take_name(process, ls, ls->at) ? ls : NULL);
            k_charge(process, NAME_FUEL);
            CMD_RELIEVE(process);
        }
    }
    CMD_END(process);
}

CMD_PROGRAM_ENDING(ls, struct ls, ls_run, ls_end, help);
