/* checkpoints.c: the embedder's side of checkpoints: keeping the workspace as it is, listing what is kept,
 * going back to it, and looking over the image. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "runtime/commit_record.h"
#include "runtime/runtime.h"
#include "store/check.h"

#define PROBLEMS_MOST 1000 /* that a check lists; the number counts all */

static uint32_t id_of(const struct request *request)
{
    double id = json_number(request->body, "checkpoint", 0);
    return id >= 1 && id < UINT32_MAX ? (uint32_t)id : 0;
}

static int64_t now(const struct umbra *runtime)
{
    return runtime->host.clock_wall(runtime->host.context);
}

/* {name}: HEAD is kept under it until it is dropped. */
int checkpoint_keep(struct umbra *runtime, struct request *request, struct error *error)
{
    const char *name = json_string(request->body, "name", "");
    uint32_t id;
    int result = runtime_refuse_busy(runtime, error);

    if (result == 0) result = st_checkpoint(runtime->store, name, false, now(runtime), &id, error);
    if (result == 0) result = st_flush(runtime->store, error);
    if (result == 0) buffer_printf(&request->result, "{\"checkpoint\":%u}", id);
    return result;
}

int checkpoint_list(struct umbra *runtime, struct request *request, struct error *error)
{
    struct buffer *out = &request->result;
    struct st_checkpoint_info info;
    uint32_t i, commit;
    bool commits = commit_record_at(runtime->store, 0) != 0;

    buffer_put_byte(out, '[');
    for (i = 0; st_checkpoint_at(runtime->store, i, &info) == 0; i++) {
        buffer_printf(out, "%s{\"checkpoint\":%u,\"time\":%" PRId64 ",\"name\":", i ? "," : "", info.id,
                      info.time);
        json_put_string(out, info.name, strlen(info.name));
        buffer_printf(out, ",\"automatic\":%s,\"files\":%u,\"bytes\":%" PRIu64,
                      info.automatic ? "true" : "false", info.files, info.bytes);
        if (commits && !info.automatic && (commit = commit_record_of(runtime->store, info.id)) != 0)
            buffer_printf(out, ",\"commit\":%u", commit);
        buffer_put_byte(out, '}');
    }
    buffer_put_byte(out, ']');
    return out->failed ? error_memory(error) : 0;
}

static int rewind_to(struct umbra *runtime, uint32_t id, struct error *error)
{
    int result = st_begin(runtime->store, error);

    if (result < 0) return result;
    result = st_rewind(runtime->store, id, error);
    if (result == 0) return st_commit(runtime->store, error);
    st_rollback(runtime->store);
    return result;
}

/* "before rewinding to 12 (before Edit a.c)" */
static void name_undo(const struct store *store, uint32_t id, char *name, size_t size)
{
    struct st_checkpoint_info info;
    uint32_t i;

    for (i = 0; st_checkpoint_at(store, i, &info) == 0; i++)
        if (info.id == id) snprintf(name, size, "before rewinding to %u (%s)", id, info.name);
}

/* {checkpoint}: HEAD becomes what it keeps. What HEAD was is kept first, until it is dropped, so that this
 * can be undone; an automatic one could push out the very one that is gone back to. */
int checkpoint_rewind(struct umbra *runtime, struct request *request, struct error *error)
{
    uint32_t id = id_of(request), undo;
    char name[ST_CHECKPOINT_NAME_MAX + 60] = "";
    int result = runtime_refuse_busy(runtime, error);

    if (result < 0) return result;
    if (!st_has_checkpoint(runtime->store, id))
        return error_set(error, UMBRA_ENOENT, "there is no checkpoint %u; the list of them has the numbers",
                         id);
    name_undo(runtime->store, id, name, sizeof name);
    result = st_checkpoint(runtime->store, name, false, now(runtime), &undo, error);
    if (result == 0) result = rewind_to(runtime, id, error);
    if (result < 0) return result;
    buffer_printf(&request->result, "{\"undo\":%u}", undo);
    runtime_emit_changes(runtime);
    return 0;
}

/* {checkpoint}: one of a commit goes with all that is kept of the commit. */
int checkpoint_drop(struct umbra *runtime, struct request *request, struct error *error)
{
    uint32_t id = id_of(request), commit;
    int result = runtime_refuse_busy(runtime, error);

    if (result < 0) return result;
    commit = commit_record_of(runtime->store, id);
    return commit ? commit_record_forget(runtime->store, commit, error)
                  : st_drop_checkpoint(runtime->store, id, error);
}

struct problems {
    struct buffer *out;
    uint32_t count;
};

static void report(void *context, const char *sentence)
{
    struct problems *problems = context;

    if (problems->count >= PROBLEMS_MOST) return;
    if (problems->count++) buffer_put_byte(problems->out, ',');
    json_put_string(problems->out, sentence, strlen(sentence));
}

/* Reads and checks all there is; takes as long as reading the image. */
int checkpoint_check(struct umbra *runtime, struct request *request, struct error *error)
{
    struct problems problems = {.out = &request->result};
    struct st_check check;
    int result = runtime_refuse_busy(runtime, error);

    if (result < 0) return result;
    buffer_put_string(&request->result, "{\"problems\":[");
    result = st_check_open(runtime->store, report, &problems, &check, error);
    buffer_printf(&request->result,
                  "],\"count\":%u,\"imageBytes\":%" PRIu64 ",\"liveBytes\":%" PRIu64 ",\"freeBytes\":%" PRIu64
                  ",\"checkpoints\":%u,\"chunks\":%u}",
                  check.problems, check.usage.image_bytes, check.usage.live_bytes, check.usage.free_bytes,
                  check.checkpoints, check.chunks);
    if (result == 0 && request->result.failed) result = error_memory(error);
    return result;
}
