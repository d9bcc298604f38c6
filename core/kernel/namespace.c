#include "kernel/namespace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/descriptor.h"
#include "kernel/kernel.h"

/* --- what is made up ---------------------------------------------------------------------------------------
 * Inodes: those of the table below; from PROGRAMS on the programs; from PROCESSES on sixteen for each
 * process; from DESCRIPTORS on 1,024 for each. */

#define PROGRAMS            0x1000u
#define PROCESSES           0x10000000u
#define PROCESS_ITEMS       16u
#define DESCRIPTORS         0x40000000u
#define PROCESS_DESCRIPTORS 1024u

enum {
    INO_ROOT = 1,
    INO_BIN,
    INO_DEV,
    INO_HOME,
    INO_PROC,
    INO_TMP,
    INO_USR,
    INO_WORKSPACE,
    INO_USR_BIN,
    INO_DEV_FD,
    INO_DEV_FULL,
    INO_DEV_NULL,
    INO_DEV_RANDOM,
    INO_DEV_STDERR,
    INO_DEV_STDIN,
    INO_DEV_STDOUT,
    INO_DEV_TTY,
    INO_DEV_URANDOM,
    INO_DEV_ZERO,
    INO_PROC_SELF,
    INO_PROC_UPTIME,
    INO_PROC_VERSION,
    INO_COUNT
};

struct entry {
    const char *name;
    const char *target; /* of a link */
    uint32_t parent;
    enum k_kind kind;
    enum k_virtual opens;
    uint32_t detail;
};

/* The entries of one directory stand in the order of their names. */
static const struct entry entries[INO_COUNT] = {
    [INO_ROOT] = {"", NULL, INO_ROOT, K_DIRECTORY, K_VIRTUAL_NONE, 0},
    [INO_BIN] = {"bin", "usr/bin", INO_ROOT, K_LINK, K_VIRTUAL_NONE, 0},
    [INO_DEV] = {"dev", NULL, INO_ROOT, K_DIRECTORY, K_VIRTUAL_NONE, 0},
    [INO_HOME] = {"home", NULL, INO_ROOT, K_DIRECTORY, K_VIRTUAL_NONE, 0},
    [INO_PROC] = {"proc", NULL, INO_ROOT, K_DIRECTORY, K_VIRTUAL_NONE, 0},
    [INO_TMP] = {"tmp", NULL, INO_ROOT, K_DIRECTORY, K_VIRTUAL_NONE, 0},
    [INO_USR] = {"usr", NULL, INO_ROOT, K_DIRECTORY, K_VIRTUAL_NONE, 0},
    [INO_WORKSPACE] = {"workspace", NULL, INO_ROOT, K_DIRECTORY, K_VIRTUAL_NONE, 0},
    [INO_USR_BIN] = {"bin", NULL, INO_USR, K_DIRECTORY, K_VIRTUAL_NONE, 0},
    [INO_DEV_FD] = {"fd", "/proc/self/fd", INO_DEV, K_LINK, K_VIRTUAL_NONE, 0},
    [INO_DEV_FULL] = {"full", NULL, INO_DEV, K_DEVICE, K_VIRTUAL_FULL, 0},
    [INO_DEV_NULL] = {"null", NULL, INO_DEV, K_DEVICE, K_VIRTUAL_NULL, 0},
    [INO_DEV_RANDOM] = {"random", NULL, INO_DEV, K_DEVICE, K_VIRTUAL_RANDOM, 0},
    [INO_DEV_STDERR] = {"stderr", "/proc/self/fd/2", INO_DEV, K_LINK, K_VIRTUAL_NONE, 0},
    [INO_DEV_STDIN] = {"stdin", "/proc/self/fd/0", INO_DEV, K_LINK, K_VIRTUAL_NONE, 0},
    [INO_DEV_STDOUT] = {"stdout", "/proc/self/fd/1", INO_DEV, K_LINK, K_VIRTUAL_NONE, 0},
    [INO_DEV_TTY] = {"tty", NULL, INO_DEV, K_DEVICE, K_VIRTUAL_TERMINAL, 0},
    [INO_DEV_URANDOM] = {"urandom", NULL, INO_DEV, K_DEVICE, K_VIRTUAL_RANDOM, 0},
    [INO_DEV_ZERO] = {"zero", NULL, INO_DEV, K_DEVICE, K_VIRTUAL_ZERO, 0},
    [INO_PROC_SELF] = {"self", NULL, INO_PROC, K_LINK, K_VIRTUAL_NONE, 0},
    [INO_PROC_UPTIME] = {"uptime", NULL, INO_PROC, K_FILE, K_VIRTUAL_TEXT, K_TEXT_UPTIME},
    [INO_PROC_VERSION] = {"version", NULL, INO_PROC, K_FILE, K_VIRTUAL_TEXT, K_TEXT_VERSION},
};

enum { ITEM_DIRECTORY, ITEM_FD = 6 };

static const struct entry items[] = {
    {"", NULL, 0, K_DIRECTORY, K_VIRTUAL_NONE, 0},
    {"cmdline", NULL, 0, K_FILE, K_VIRTUAL_TEXT, K_TEXT_COMMAND_LINE},
    {"comm", NULL, 0, K_FILE, K_VIRTUAL_TEXT, K_TEXT_NAME},
    {"cwd", NULL, 0, K_LINK, K_VIRTUAL_NONE, 0},
    {"environ", NULL, 0, K_FILE, K_VIRTUAL_TEXT, K_TEXT_ENVIRONMENT},
    {"exe", NULL, 0, K_LINK, K_VIRTUAL_NONE, 0},
    {"fd", NULL, 0, K_DIRECTORY, K_VIRTUAL_NONE, 0},
    {"status", NULL, 0, K_FILE, K_VIRTUAL_TEXT, K_TEXT_STATUS},
};
#define ITEM_CWD   3u
#define ITEM_EXE   5u
#define ITEM_COUNT (sizeof items / sizeof items[0])

static struct k_node virtual_node(uint32_t ino)
{
    return (struct k_node){K_VIRTUAL, ino};
}

static bool is_descriptor(uint32_t ino)
{
    return ino >= DESCRIPTORS;
}

static bool is_item(uint32_t ino)
{
    return ino >= PROCESSES && ino < DESCRIPTORS;
}

static uint32_t process_of(uint32_t ino)
{
    return is_descriptor(ino) ? (ino - DESCRIPTORS) / PROCESS_DESCRIPTORS : (ino - PROCESSES) / PROCESS_ITEMS;
}

static const struct entry *entry_of(uint32_t ino)
{
    if (is_item(ino)) return &items[(ino - PROCESSES) % PROCESS_ITEMS % ITEM_COUNT];
    return ino < INO_COUNT ? &entries[ino] : NULL;
}

static uint32_t program_count(const struct kernel *kernel)
{
    uint32_t count = 0;
    while (kernel->programs[count]) count++;
    return count;
}

static bool stands_in_path(const struct k_program *program)
{
    return program->directory != NULL;
}

/* A number without a sign or zeros before it. */
static bool read_number(const char *text, size_t length, uint32_t *number)
{
    size_t i;

    *number = 0;
    if (length == 0 || length > 7 || (length > 1 && *text == '0')) return false;
    for (i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9') return false;
        *number = *number * 10 + (uint32_t)(text[i] - '0');
    }
    return true;
}

/* What stands in another tree under a name of this one. */
static struct k_node mounted(const struct kernel *kernel, uint32_t ino)
{
    if (ino == INO_WORKSPACE) return (struct k_node){K_WORKSPACE, ST_ROOT_INO};
    if (ino == INO_TMP && kernel->temporary) return (struct k_node){K_TEMPORARY, kernel->temporary};
    if (ino == INO_HOME && kernel->home) return (struct k_node){K_TEMPORARY, kernel->home};
    return virtual_node(ino);
}

/* Whether the root directory has it. */
static bool is_mounted(const struct kernel *kernel, struct k_node node)
{
    if (node.tree == K_WORKSPACE) return node.ino == ST_ROOT_INO;
    return node.tree == K_TEMPORARY && (node.ino == kernel->temporary || node.ino == kernel->home);
}

static struct k_node find_program(const struct kernel *kernel, const char *name, size_t length)
{
    uint32_t i;

    for (i = 0; kernel->programs[i]; i++)
        if (stands_in_path(kernel->programs[i]) && strlen(kernel->programs[i]->name) == length &&
            memcmp(kernel->programs[i]->name, name, length) == 0)
            return virtual_node(PROGRAMS + i);
    return virtual_node(0);
}

static bool has_descriptor(const struct kernel *kernel, uint32_t id, uint32_t number)
{
    const struct k_process *process = k_find_process(kernel, id);
    return process && number < PROCESS_DESCRIPTORS && k_descriptor(process, (int)number);
}

static struct k_node find_item(const struct kernel *kernel, uint32_t ino, const char *name, size_t length)
{
    uint32_t id = process_of(ino), item = (ino - PROCESSES) % PROCESS_ITEMS, number, i;

    if (item == ITEM_FD)
        return read_number(name, length, &number) && has_descriptor(kernel, id, number)
                   ? virtual_node(DESCRIPTORS + id * PROCESS_DESCRIPTORS + number)
                   : virtual_node(0);
    for (i = 1; item == ITEM_DIRECTORY && i < ITEM_COUNT; i++)
        if (strlen(items[i].name) == length && memcmp(items[i].name, name, length) == 0)
            return virtual_node(ino + i);
    return virtual_node(0);
}

static struct k_node find_virtual(const struct kernel *kernel, uint32_t directory, const char *name,
                                  size_t length)
{
    uint32_t i, number;

    if (is_item(directory)) return find_item(kernel, directory, name, length);
    if (directory == INO_USR_BIN) return find_program(kernel, name, length);
    if (directory == INO_PROC && read_number(name, length, &number) && k_find_process(kernel, number))
        return virtual_node(PROCESSES + number * PROCESS_ITEMS);
    for (i = INO_ROOT + 1; i < INO_COUNT; i++)
        if (entries[i].parent == directory && strlen(entries[i].name) == length &&
            memcmp(entries[i].name, name, length) == 0)
            return mounted(kernel, i);
    return virtual_node(0);
}

/* --- nodes --- */

bool k_same_node(struct k_node a, struct k_node b)
{
    return a.tree == b.tree && a.ino == b.ino;
}

enum st_root k_node_root(struct k_node node)
{
    return node.tree == K_TEMPORARY ? ST_SYSTEM : ST_HEAD;
}

struct k_node k_node_lookup(const struct kernel *kernel, struct k_node directory, const char *name,
                            size_t length)
{
    if (directory.tree == K_VIRTUAL) return find_virtual(kernel, directory.ino, name, length);
    return (struct k_node){directory.tree,
                           st_lookup(kernel->store, k_node_root(directory), directory.ino, name, length)};
}

struct k_node k_node_parent(const struct kernel *kernel, struct k_node node)
{
    struct st_info info;

    if (node.tree == K_VIRTUAL && is_descriptor(node.ino))
        return virtual_node(PROCESSES + process_of(node.ino) * PROCESS_ITEMS + ITEM_FD);
    if (node.tree == K_VIRTUAL && is_item(node.ino)) {
        uint32_t item = (node.ino - PROCESSES) % PROCESS_ITEMS;
        return virtual_node(item ? node.ino - item : INO_PROC);
    }
    if (node.tree == K_VIRTUAL)
        return virtual_node(node.ino < INO_COUNT ? entries[node.ino].parent : INO_USR_BIN);
    if (is_mounted(kernel, node)) return virtual_node(INO_ROOT);
    if (st_info(kernel->store, k_node_root(node), node.ino, &info) < 0) return virtual_node(0);
    return (struct k_node){node.tree, info.parent};
}

static void stat_virtual(const struct kernel *kernel, uint32_t ino, struct k_stat *stat)
{
    const struct entry *entry = entry_of(ino);

    *stat = (struct k_stat){.kind = K_FILE, .mode = 0755, .device = 1, .links = 1, .ino = ino};
    if (is_descriptor(ino)) {
        stat->kind = K_LINK;
        stat->mode = 0777;
    } else if (entry) {
        stat->kind = entry->kind;
        stat->mode = entry->kind == K_DIRECTORY ? 0555
                     : entry->kind == K_LINK    ? 0777
                     : entry->kind == K_DEVICE  ? 0666
                                                : 0444;
    } else if (kernel->programs[ino - PROGRAMS]->help) {
        stat->size = strlen(kernel->programs[ino - PROGRAMS]->help);
    }
}

int k_node_stat(const struct kernel *kernel, struct k_node node, struct k_stat *stat)
{
    struct st_info info;

    if (node.ino == 0) return UMBRA_ENOENT;
    if (node.tree == K_VIRTUAL) {
        stat_virtual(kernel, node.ino, stat);
        return 0;
    }
    if (st_info(kernel->store, k_node_root(node), node.ino, &info) < 0) return UMBRA_ENOENT;
    *stat = (struct k_stat){.kind = info.kind == ST_DIRECTORY ? K_DIRECTORY
                                    : info.kind == ST_SYMLINK ? K_LINK
                                                              : K_FILE,
                            .mode = info.kind == ST_SYMLINK ? 0777 : info.mode,
                            .device = node.tree + 1u,
                            .links = 1,
                            .ino = info.ino,
                            .size = info.size,
                            .mtime = info.mtime};
    return 0;
}

bool k_node_allows(const struct kernel *kernel, struct k_node node, unsigned bits)
{
    struct k_stat stat;
    return k_node_stat(kernel, node, &stat) == 0 && ((stat.mode >> 6) & bits) == bits;
}

static struct k_node put_entry(struct k_node node, const char *name, struct buffer *out)
{
    buffer_put_string(out, name);
    return node;
}

static struct k_node process_entry(const struct kernel *kernel, uint32_t index, struct buffer *name)
{
    const struct k_process *process;

    for (process = kernel->processes; process; process = process->next) {
        if (process->condition == K_ENDED || index-- > 0) continue;
        buffer_printf(name, "%u", process->id);
        return virtual_node(PROCESSES + process->id * PROCESS_ITEMS);
    }
    return virtual_node(0);
}

static struct k_node descriptor_entry(const struct kernel *kernel, uint32_t id, uint32_t index,
                                      struct buffer *name)
{
    uint32_t number;

    for (number = 0; number < PROCESS_DESCRIPTORS; number++) {
        if (!has_descriptor(kernel, id, number) || index-- > 0) continue;
        buffer_printf(name, "%u", number);
        return virtual_node(DESCRIPTORS + id * PROCESS_DESCRIPTORS + number);
    }
    return virtual_node(0);
}

static struct k_node virtual_entry(const struct kernel *kernel, uint32_t directory, uint32_t index,
                                   struct buffer *name)
{
    uint32_t i, count = program_count(kernel);

    if (is_item(directory) && (directory - PROCESSES) % PROCESS_ITEMS == ITEM_FD)
        return descriptor_entry(kernel, process_of(directory), index, name);
    if (is_item(directory))
        return index + 1 < ITEM_COUNT
                   ? put_entry(virtual_node(directory + index + 1), items[index + 1].name, name)
                   : virtual_node(0);
    for (i = 0; directory == INO_USR_BIN && i < count; i++)
        if (stands_in_path(kernel->programs[i]) && index-- == 0)
            return put_entry(virtual_node(PROGRAMS + i), kernel->programs[i]->name, name);
    for (i = INO_ROOT + 1; i < INO_COUNT; i++)
        if (entries[i].parent == directory && index-- == 0)
            return put_entry(mounted(kernel, i), entries[i].name, name);
    return directory == INO_PROC ? process_entry(kernel, index, name) : virtual_node(0);
}

struct k_node k_node_entry(const struct kernel *kernel, struct k_node directory, uint32_t index,
                           struct buffer *name)
{
    struct k_node node = {directory.tree, 0};
    struct st_info info;

    if (directory.tree == K_VIRTUAL) return virtual_entry(kernel, directory.ino, index, name);
    node.ino = st_entry(kernel->store, k_node_root(directory), directory.ino, index);
    if (node.ino == 0 || st_info(kernel->store, k_node_root(node), node.ino, &info) < 0)
        return (struct k_node){directory.tree, 0};
    buffer_put(name, info.name, info.name_length);
    return node;
}

static int put_virtual_target(const struct k_process *process, uint32_t ino, struct buffer *target)
{
    const struct k_process *about =
        is_item(ino) || is_descriptor(ino) ? k_find_process(process->kernel, process_of(ino)) : process;

    if (about == NULL) return UMBRA_ENOENT;
    if (is_descriptor(ino))
        k_put_file_name(about, (int)((ino - DESCRIPTORS) % PROCESS_DESCRIPTORS), target);
    else if (is_item(ino) && (ino - PROCESSES) % PROCESS_ITEMS == ITEM_CWD)
        buffer_put(target, about->directory->path, about->directory->size);
    else if (is_item(ino) && (ino - PROCESSES) % PROCESS_ITEMS == ITEM_EXE)
        buffer_printf(target, K_PROGRAMS_PATH "/%s", about->program->name);
    else if (ino == INO_PROC_SELF)
        buffer_printf(target, "%u", process->id);
    else if (ino < INO_COUNT && entries[ino].target)
        buffer_put_string(target, entries[ino].target);
    else
        return UMBRA_EINVAL;
    return target->failed ? UMBRA_ENOMEM : 0;
}

int k_node_target(const struct k_process *process, struct k_node node, struct buffer *target)
{
    const struct store *store = process->kernel->store;
    struct st_info info;
    int64_t got;

    if (node.tree == K_VIRTUAL) return put_virtual_target(process, node.ino, target);
    if (st_info(store, k_node_root(node), node.ino, &info) < 0) return UMBRA_ENOENT;
    if (info.kind != ST_SYMLINK) return UMBRA_EINVAL;
    if (buffer_reserve(target, (size_t)info.size) < 0) return UMBRA_ENOMEM;
    got = st_read(store, k_node_root(node), node.ino, 0, target->data + target->size, (size_t)info.size);
    if (got < 0) return (int)got;
    target->size += (size_t)got;
    target->data[target->size] = '\0';
    return 0;
}

enum k_virtual k_node_virtual(struct k_node node, uint32_t *detail, uint32_t *process)
{
    const struct entry *entry = node.tree == K_VIRTUAL ? entry_of(node.ino) : NULL;

    *detail = *process = 0;
    if (node.tree != K_VIRTUAL) return K_VIRTUAL_NONE;
    if (is_descriptor(node.ino)) {
        *process = process_of(node.ino);
        *detail = (node.ino - DESCRIPTORS) % PROCESS_DESCRIPTORS;
        return K_VIRTUAL_DESCRIPTOR;
    }
    if (is_item(node.ino)) *process = process_of(node.ino);
    if (entry == NULL) {
        *detail = node.ino - PROGRAMS;
        return K_VIRTUAL_PROGRAM;
    }
    *detail = entry->detail;
    return entry->opens;
}

/* Where the name of a node stands in its path is not kept: it is asked of the directory. */
static int put_name(const struct kernel *kernel, struct k_node parent, struct k_node node,
                    struct buffer *path)
{
    struct st_info info;
    uint32_t i;

    buffer_put_byte(path, '/');
    if (node.tree == K_WORKSPACE && node.ino == ST_ROOT_INO)
        buffer_put_string(path, &K_WORKSPACE_PATH[1]);
    else if (is_mounted(kernel, node))
        buffer_put_string(path, entries[node.ino == kernel->home ? INO_HOME : INO_TMP].name);
    else if (node.tree != K_VIRTUAL && st_info(kernel->store, k_node_root(node), node.ino, &info) == 0)
        buffer_put(path, info.name, info.name_length);
    else if (node.tree != K_VIRTUAL)
        return UMBRA_ENOENT;
    else
        for (i = 0;; i++) {
            size_t size = path->size;
            struct k_node entry = k_node_entry(kernel, parent, i, path);
            if (entry.ino == 0) return UMBRA_ENOENT;
            if (k_same_node(entry, node)) break;
            path->size = size;
        }
    return path->failed ? UMBRA_ENOMEM : 0;
}

int k_node_path(const struct kernel *kernel, struct k_node node, struct buffer *path)
{
    struct k_node chain[ST_DEPTH_MAX];
    size_t depth = 0;
    int result = 0;

    while (!(node.tree == K_VIRTUAL && node.ino == INO_ROOT)) {
        if (node.ino == 0) return UMBRA_ENOENT;
        if (depth == ST_DEPTH_MAX) return UMBRA_ENAMETOOLONG;
        chain[depth++] = node;
        node = k_node_parent(kernel, node);
    }
    if (depth == 0) buffer_put_byte(path, '/');
    while (depth && result == 0) {
        depth--;
        result = put_name(kernel, node, chain[depth], path);
        node = chain[depth];
    }
    return result < 0 ? result : path->failed ? UMBRA_ENOMEM : 0;
}

/* --- paths --- */

struct walk {
    const struct k_process *process;
    struct k_node at;
    int links;
};

static int walk_path(struct walk *walk, const char *path, size_t length, bool follow_last,
                     struct k_place *place);

static struct k_node root_node(void)
{
    return virtual_node(INO_ROOT);
}

static int follow(struct walk *walk, struct k_node link, bool last, struct k_place *place)
{
    struct buffer target = {0};
    int result;

    if (++walk->links > FS_LINKS_MAX) return UMBRA_ELOOP;
    result = k_node_target(walk->process, link, &target);
    if (result == 0 && target.size == 0) result = UMBRA_ENOENT;
    if (result == 0 && target.size > FS_PATH_MAX) result = UMBRA_ENAMETOOLONG;
    if (result == 0) {
        bool slash = target.data[target.size - 1] == '/';
        if (*target.data == '/') walk->at = root_node();
        result = walk_path(walk, target.data, target.size, true, last ? place : NULL);
        if (result == 0 && last && slash) place->slash = true;
    }
    buffer_free(&target);
    return result;
}

/* A directory that may be searched. */
static int check_directory(const struct walk *walk)
{
    struct k_stat stat;
    int result = k_node_stat(walk->process->kernel, walk->at, &stat);

    if (result < 0) return result;
    if (stat.kind != K_DIRECTORY) return UMBRA_ENOTDIR;
    return stat.mode & 0100 ? 0 : UMBRA_EACCES;
}

/* One part. place: it is the last one, which need not be there. */
static int take_part(struct walk *walk, const char *name, size_t length, bool follow_link,
                     struct k_place *place)
{
    const struct kernel *kernel = walk->process->kernel;
    struct k_node next;
    struct k_stat stat;
    int result = check_directory(walk);

    if (result < 0) return result;
    if (length > ST_NAME_MAX) return UMBRA_ENAMETOOLONG;
    if (place) {
        memcpy(place->name, name, length);
        place->name[length] = '\0';
        place->length = length;
        place->directory = walk->at;
    }
    if (length == 1 && name[0] == '.') {
        next = walk->at;
    } else if (length == 2 && name[0] == '.' && name[1] == '.') {
        next = k_node_parent(kernel, walk->at);
    } else {
        next = k_node_lookup(kernel, walk->at, name, length);
        if (next.ino && follow_link && k_node_stat(kernel, next, &stat) == 0 && stat.kind == K_LINK) {
            uint32_t detail, process;
            if (k_node_virtual(next, &detail, &process) != K_VIRTUAL_DESCRIPTOR)
                return follow(walk, next, place != NULL, place);
        }
    }
    if (next.ino == 0 && place == NULL) return UMBRA_ENOENT;
    walk->at = next;
    return 0;
}

/* place NULL: all parts must be there. */
static int walk_path(struct walk *walk, const char *path, size_t length, bool follow_last,
                     struct k_place *place)
{
    size_t at = 0, end;

    for (;;) {
        size_t next;
        while (at < length && path[at] == '/') at++;
        if (at == length) return 0;
        for (end = at; end < length && path[end] != '/';) end++;
        for (next = end; next < length && path[next] == '/';) next++;
        if (next == length) {
            bool slash = end < length;
            int result = take_part(walk, path + at, end - at, follow_last || slash, place);
            if (place && slash) place->slash = true;
            return result;
        } else {
            int result = take_part(walk, path + at, end - at, true, NULL);
            if (result < 0) return result;
        }
        at = next;
    }
}

int k_locate(const struct k_process *process, const char *path, enum k_resolve_flag flags,
             struct k_place *place)
{
    size_t length = strlen(path);
    struct walk walk = {process, *path == '/' ? root_node() : process->directory->node, 0};
    int result;

    *place = (struct k_place){.directory = walk.at};
    if (length == 0) return UMBRA_ENOENT;
    if (length > FS_PATH_MAX) return UMBRA_ENAMETOOLONG;
    result = walk_path(&walk, path, length, flags == K_FOLLOW, place);
    place->node = walk.at;
    return result;
}

int k_resolve(const struct k_process *process, const char *path, enum k_resolve_flag flags,
              struct k_node *node)
{
    struct k_place place;
    struct k_stat stat;
    int result = k_locate(process, path, flags, &place);

    if (result < 0) return result;
    if (place.node.ino == 0) return UMBRA_ENOENT;
    if (place.slash) {
        result = k_node_stat(process->kernel, place.node, &stat);
        if (result == 0 && stat.kind != K_DIRECTORY) result = UMBRA_ENOTDIR;
        if (result < 0) return result;
    }
    *node = place.node;
    return 0;
}
