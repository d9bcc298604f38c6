/* review.c: what becomes of the changes: the bytes of either side, and taking changes, or some hunks of them,
 * over into the base (after they were written to the real folder) or back. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fs/path.h"
#include "runtime/comparison.h"

#define READ_MAX (8u << 20) /* bytes of one read */

static int read_range(const struct request *request, uint64_t *offset, size_t *length, struct error *error)
{
    double from = json_number(request->body, "offset", 0),
           most = json_number(request->body, "length", READ_MAX);

    if (!(from >= 0 && from <= 9e15) || !(most >= 0 && most <= READ_MAX))
        return error_set(error, UMBRA_EINVAL,
                         "\"offset\" or \"length\" is out of range (at most %u bytes a read)", READ_MAX);
    *offset = (uint64_t)from;
    *length = (size_t)most;
    return 0;
}

static void put_file(struct buffer *out, uint64_t size, uint16_t mode, int64_t mtime, enum st_kind kind)
{
    buffer_printf(out, "{\"size\":%" PRIu64 ",\"mode\":%u,\"mtime\":%" PRId64 ",\"type\":\"%s\"}", size, mode,
                  mtime, st_kind_name(kind));
}

int review_answer_file(struct umbra *runtime, struct request *request, enum st_root root, const char *path,
                       struct error *error)
{
    struct st_info info = {0};
    uint64_t offset = 0;
    size_t length = 0;
    uint32_t ino = 0;
    int64_t got;
    int result = read_range(request, &offset, &length, error);

    if (result == 0) result = fs_resolve(runtime->store, root, path, strlen(path), FS_NO_FOLLOW, &ino, error);
    if (result < 0) return result;
    st_info(runtime->store, root, ino, &info);
    if (info.kind == ST_DIRECTORY) return error_set(error, UMBRA_EISDIR, "%.300s: is a directory", path);
    if (info.size < length) length = (size_t)info.size;
    if (buffer_reserve(&request->bytes, length) < 0) return error_memory(error);
    got = st_read(runtime->store, root, ino, offset, request->bytes.data, length);
    if (got < 0) return error_set(error, (int)got, "%.300s: %s", path, umbra_error_text((int)got));
    request->bytes.size = (size_t)got;
    put_file(&request->result, info.size, info.mode, info.mtime, info.kind);
    return 0;
}

int review_answer_hunks(struct umbra *runtime, struct request *request, const struct st_changes *changes,
                        const struct st_change *change, const cJSON *hunks, const char *id,
                        struct error *error)
{
    struct comparison comparison;
    struct buffer text = {0};
    uint64_t offset = 0;
    size_t length = 0;
    int result = read_range(request, &offset, &length, error);

    if (result == 0) result = comparison_open(runtime, changes, change, &comparison, error);
    if (result < 0) return result;
    result = comparison_take(&comparison, hunks, id, false, &text, NULL, error);
    comparison_close(&comparison);
    if (result == 0) {
        struct st_info info = {0};
        st_info(runtime->store, changes->to, change->new_ino, &info);
        put_file(&request->result, text.size, change->old_mode, info.mtime, change->new_type);
        if (offset < text.size)
            buffer_put(&request->bytes, text.data + offset,
                       length < text.size - offset ? length : (size_t)(text.size - offset));
    }
    buffer_free(&text);
    return result;
}

static int read_hunks(struct umbra *runtime, struct request *request, struct error *error)
{
    const cJSON *body = request->body;
    const struct st_change *change;
    struct st_changes changes;
    int result =
        st_list_changes(runtime->store, ST_BASE, ST_HEAD, &runtime->settings.renames, &changes, error);

    if (result < 0) return result;
    change = comparison_find(&changes, json_string(body, "path", ""), error);
    result = change ? review_answer_hunks(runtime, request, &changes, change, json_get(body, "hunks"),
                                          json_string(body, "id", NULL), error)
                    : UMBRA_ENOENT;
    st_free_changes(&changes);
    return result;
}

int review_read(struct umbra *runtime, struct request *request, struct error *error)
{
    enum st_root root = ST_HEAD;
    int result;

    if (json_get(request->body, "step")) return commit_read(runtime, request, error);
    if (json_get(request->body, "hunks")) return read_hunks(runtime, request, error);
    result = comparison_root(runtime, request, "side", ST_HEAD, &root, error);
    if (result < 0) return result;
    return review_answer_file(runtime, request, root, json_string(request->body, "path", ""), error);
}

/* One change that is taken over or back. */
struct choice {
    const struct st_change *change;
    bool partly;        /* `text` is what the file is then */
    struct buffer text; /* of some hunks */
    bool has_mtime;
    int64_t mtime; /* of the real file, when it was committed */
};

struct settlement {
    struct umbra *runtime;
    enum st_root to; /* ST_BASE: accepted, ST_HEAD: discarded */
    struct st_changes changes;
    struct choice *choices;
    size_t count;
    bool *chosen;          /* by index in changes */
    struct buffer *answer; /* the paths, as JSON */
};

static struct choice *add_choice(struct settlement *settlement, const struct st_change *change)
{
    struct choice *choice = &settlement->choices[settlement->count];

    buffer_put_byte(settlement->answer, settlement->count ? ',' : '[');
    json_put_string(settlement->answer, change->path, strlen(change->path));
    settlement->count++;
    *choice = (struct choice){.change = change};
    return choice;
}

/* Hunks that are all of a change are the change itself, so that both trees share its content. */
static int choose_hunks(struct settlement *settlement, struct choice *choice, const cJSON *hunks,
                        const char *id, struct error *error)
{
    const struct st_change *change = choice->change;
    bool accepting = settlement->to == ST_BASE, all = true;
    struct comparison comparison;
    int result = comparison_open(settlement->runtime, &settlement->changes, change, &comparison, error);

    if (result < 0) return result;
    if (hunks)
        result = comparison_take(&comparison, hunks, id, !accepting, &choice->text, &all, error);
    else
        result = comparison_check_id(&comparison, id, error);
    comparison_close(&comparison);
    choice->partly =
        hunks && (!all || change->old_mode != change->new_mode || (!accepting && change->kind == ST_RENAMED));
    return result;
}

/* item: a path, or {path, hunks?, id?, mtime?}. */
static int choose(struct settlement *settlement, const cJSON *item, struct error *error)
{
    const char *path = cJSON_IsString(item) ? item->valuestring : json_string(item, "path", "");
    const cJSON *hunks = json_get(item, "hunks"), *mtime = json_get(item, "mtime");
    const char *id = json_string(item, "id", NULL);
    const struct st_change *change = comparison_find(&settlement->changes, path, error);
    struct choice *choice;
    bool *chosen;

    if (change == NULL) return UMBRA_ENOENT;
    chosen = &settlement->chosen[change - settlement->changes.items];
    if (*chosen) return error_set(error, UMBRA_EINVAL, "%.300s is named twice", path);
    *chosen = true;
    choice = add_choice(settlement, change);
    if (cJSON_IsNumber(mtime) && mtime->valuedouble >= 0 && mtime->valuedouble <= 9e15) {
        choice->has_mtime = true;
        choice->mtime = (int64_t)mtime->valuedouble;
    }
    return hunks || id ? choose_hunks(settlement, choice, hunks, id, error) : 0;
}

/* {paths?: [item, ...]}, or one item itself; all changes without either. */
static int choose_all(struct settlement *settlement, const cJSON *body, struct error *error)
{
    const cJSON *paths = json_get(body, "paths"), *item;
    size_t i;
    int result = 0;

    settlement->choices = calloc(settlement->changes.count + 1, sizeof settlement->choices[0]);
    settlement->chosen = calloc(settlement->changes.count + 1, sizeof settlement->chosen[0]);
    if (settlement->choices == NULL || settlement->chosen == NULL) return error_memory(error);
    if (cJSON_IsArray(paths)) {
        cJSON_ArrayForEach(item, paths)
        {
            result = choose(settlement, item, error);
            if (result < 0) return result;
        }
        return 0;
    }
    if (json_get(body, "path")) return choose(settlement, body, error);
    for (i = 0; i < settlement->changes.count; i++) add_choice(settlement, &settlement->changes.items[i]);
    return 0;
}

/* The path of an accepted renamed file is new to the base; everything else stays where it is. */
static bool moves(const struct settlement *settlement, const struct choice *choice)
{
    return !choice->partly || (settlement->to == ST_BASE && choice->change->kind == ST_RENAMED);
}

static int write_part(const struct settlement *settlement, const struct choice *choice, struct error *error)
{
    struct umbra *runtime = settlement->runtime;
    struct store *store = runtime->store;
    const struct st_change *change = choice->change;
    uint32_t ino = st_at_path(store, settlement->to, change->path);
    int result =
        st_replace(store, settlement->to, ino, buffer_string(&choice->text), choice->text.size, error);

    if (result == 0 && settlement->to == ST_BASE)
        return st_set_mode(store, ST_BASE, ino, change->old_mode, error);
    return result < 0
               ? result
               : st_set_mtime(store, ST_HEAD, ino, runtime->host.clock_wall(runtime->host.context), error);
}

/* The real file's time, so that the next look at the folder finds it as the base has it. */
static int write_mtime(const struct settlement *settlement, const struct choice *choice, struct error *error)
{
    struct store *store = settlement->runtime->store;
    uint32_t ino = st_at_path(store, ST_BASE, choice->change->path);
    uint32_t twin = st_at_path(store, ST_HEAD, choice->change->path);
    int result = 0;

    if (ino) result = st_set_mtime(store, ST_BASE, ino, choice->mtime, error);
    if (result == 0 && twin && !choice->partly)
        result = st_set_mtime(store, ST_HEAD, twin, choice->mtime, error);
    return result;
}

static int settle(struct settlement *settlement, struct error *error)
{
    const struct st_change **moved = calloc(settlement->count + 1, sizeof *moved); /* NOLINT */
    size_t i, count = 0;
    int result = 0;

    if (moved == NULL) return error_memory(error);
    for (i = 0; i < settlement->count; i++)
        if (moves(settlement, &settlement->choices[i])) moved[count++] = settlement->choices[i].change;
    result = st_take_changes(settlement->runtime->store, settlement->to, moved, count, error);
    for (i = 0; i < settlement->count && result == 0; i++) {
        const struct choice *choice = &settlement->choices[i];
        if (choice->partly) result = write_part(settlement, choice, error);
        if (result == 0 && choice->has_mtime && settlement->to == ST_BASE)
            result = write_mtime(settlement, choice, error);
    }
    free(moved);
    return result;
}

static int settle_request(struct umbra *runtime, struct request *request, enum st_root to,
                          struct error *error)
{
    struct settlement settlement = {.runtime = runtime, .to = to, .answer = &request->result};
    size_t i;
    int result = st_list_changes(runtime->store, ST_BASE, ST_HEAD, &runtime->settings.renames,
                                 &settlement.changes, error);

    if (result == 0) result = choose_all(&settlement, request->body, error);
    buffer_put_string(&request->result, settlement.count ? "]" : "[]");
    if (result == 0) result = st_begin(runtime->store, error);
    if (result == 0) {
        result = settle(&settlement, error);
        if (result == 0)
            result = st_commit(runtime->store, error);
        else
            st_rollback(runtime->store);
    }
    for (i = 0; i < settlement.count; i++) buffer_free(&settlement.choices[i].text);
    free(settlement.choices);
    free(settlement.chosen);
    st_free_changes(&settlement.changes);
    if (result == 0) runtime_emit_changes(runtime);
    return result;
}

int review_accept(struct umbra *runtime, struct request *request, struct error *error)
{
    return settle_request(runtime, request, ST_BASE, error);
}

int review_discard(struct umbra *runtime, struct request *request, struct error *error)
{
    return settle_request(runtime, request, ST_HEAD, error);
}
