#include "cmd/resolve.h"

#include <string.h>

struct resolving {
    struct k_process *process;
    struct buffer *out, rest; /* rest: what is still to be gone */
    size_t start, at;         /* in out: where the path begins; in rest */
    unsigned how;
    int links;
    bool missing; /* so far it leads nowhere */
};

static void drop_part(const struct resolving *way)
{
    struct buffer *out = way->out;

    while (out->size > way->start && out->data[out->size - 1] != '/') out->size--;
    if (out->size > way->start) out->size--;
}

/* The rest begins with what a link says. */
static int follow(struct resolving *way)
{
    struct buffer target = {0};
    int result = way->links++ < FS_LINKS_MAX
                     ? k_read_link(way->process, buffer_string(way->out) + way->start, &target)
                     : UMBRA_ELOOP;

    if (result == 0) {
        buffer_put(&target, way->rest.data + way->at, way->rest.size - way->at);
        if (*buffer_string(&target) == '/')
            way->out->size = way->start;
        else
            drop_part(way);
        buffer_free(&way->rest);
        way->rest = target;
        way->at = 0;
        return target.failed ? UMBRA_ENOMEM : 0;
    }
    buffer_free(&target);
    return result;
}

static bool is_last(const struct resolving *way)
{
    size_t at = way->at;
    while (at < way->rest.size && way->rest.data[at] == '/') at++;
    return at == way->rest.size;
}

/* What was just added to the path. */
static int check_part(struct resolving *way)
{
    unsigned need = way->how & ~(unsigned)CMD_RESOLVE_NO_LINKS;
    struct k_stat stat;
    int result;

    if (way->missing) return 0;
    result = k_stat_path(way->process, buffer_string(way->out) + way->start, K_NO_FOLLOW, &stat);
    if (result == 0 && stat.kind == K_LINK) {
        if (!(way->how & CMD_RESOLVE_NO_LINKS)) return follow(way);
        return need == CMD_RESOLVE_ANY
                   ? 0
                   : k_stat_path(way->process, buffer_string(way->out) + way->start, K_FOLLOW, &stat);
    }
    if (result == 0 && stat.kind != K_DIRECTORY && way->at < way->rest.size) result = UMBRA_ENOTDIR;
    if (result == 0) return 0;
    if (need == CMD_RESOLVE_ALL) return result;
    if (need == CMD_RESOLVE_BUT_LAST && (result != UMBRA_ENOENT || !is_last(way))) return result;
    way->missing = true;
    return 0;
}

static int take_parts(struct resolving *way)
{
    int result = 0;

    while (result == 0) {
        const char *part;
        size_t length = 0;
        while (way->at < way->rest.size && way->rest.data[way->at] == '/') way->at++;
        if (way->at == way->rest.size) break;
        part = way->rest.data + way->at;
        while (way->at + length < way->rest.size && part[length] != '/') length++;
        way->at += length;
        if (length == 1 && *part == '.') continue;
        if (length == 2 && part[0] == '.' && part[1] == '.') {
            drop_part(way);
            continue;
        }
        buffer_put_byte(way->out, '/');
        buffer_put(way->out, part, length);
        if (way->out->failed) return UMBRA_ENOMEM;
        result = check_part(way);
    }
    return result;
}

int cmd_resolve(struct k_process *process, const char *path, unsigned how, struct buffer *out)
{
    struct resolving way = {.process = process, .out = out, .how = how, .start = out->size};
    int result;

    if (*path == '\0') return UMBRA_ENOENT;
    if (*path != '/' && process->directory->size > 1)
        buffer_put(out, process->directory->path, process->directory->size);
    buffer_put_string(&way.rest, path);
    result = way.rest.failed || out->failed ? UMBRA_ENOMEM : take_parts(&way);
    if (out->size == way.start) buffer_put_byte(out, '/');
    if (!out->failed) out->data[out->size] = '\0';
    buffer_free(&way.rest);
    return result == 0 && out->failed ? UMBRA_ENOMEM : result;
}

void cmd_relative(const char *from, const char *to, struct buffer *out)
{
    size_t same = 0, at;

    if (strcmp(from, "/") == 0) from = "";
    if (strcmp(to, "/") == 0) to = "";
    for (at = 0; from[at] && from[at] == to[at]; at++)
        if (from[at] == '/') same = at;
    if ((from[at] == '\0' || from[at] == '/') && (to[at] == '\0' || to[at] == '/')) same = at;
    from += same;
    to += same;
    if (*from == '\0' && *to == '\0') buffer_put_byte(out, '.');
    for (at = 0; from[at]; at++)
        if (from[at] == '/') buffer_put_string(out, at ? "/.." : "..");
    if (*to == '/' && *from == '\0') to++;
    buffer_put_string(out, to);
}
