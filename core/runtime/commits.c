/* commits.c: committing to the real folder, and undoing it. The core says which files are to be touched and
 * in what order, what must be there and what is to be there; the host touches the real files, one after the
 * other, and says of each that it is done. That moves BASE and the record of the commit in one transaction,
 * so both are right wherever a commit, or its undoing, is cut off. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "runtime/commit_record.h"
#include "runtime/comparison.h"

/* The commit that is running, or being undone. */
struct commit_run {
    struct commit_record record;
    bool undo;
};

/* A step as a change between the two trees of a record, seen in the direction in which it is taken. */
struct step_view {
    struct st_changes trees; /* without items */
    struct st_change change; /* its strings are the record's */
};

void commit_close(struct umbra *runtime)
{
    if (runtime->commit == NULL) return;
    commit_record_free(&runtime->commit->record);
    free(runtime->commit);
    runtime->commit = NULL;
}

/* Not refused while a turn runs: what is committed is HEAD as it is now, whatever the agent does meanwhile.
 */
static struct commit_run *start(struct umbra *runtime, struct error *error)
{
    if (runtime->import || runtime->commit) {
        error_set(error, UMBRA_EBUSY, "%s is running; wait for it to end",
                  runtime->import ? "an import" : "a commit");
        return NULL;
    }
    runtime->commit = calloc(1, sizeof *runtime->commit);
    if (runtime->commit == NULL) error_memory(error);
    return runtime->commit;
}

/* --- what a step is --- */

struct side {
    enum st_root root;
    const char *path;
    struct st_info info; /* zero when nothing stands there */
};

static int look(const struct store *store, struct side *side, bool there, struct error *error)
{
    uint32_t ino = there ? st_at_path(store, side->root, side->path) : 0;

    if (!there || st_info(store, side->root, ino, &side->info) == 0) return 0;
    return error_set(error, UMBRA_ECORRUPT, "what is kept of a commit is damaged: %.300s is not there",
                     side->path);
}

static enum st_change_kind reverse_kind(enum st_change_kind kind)
{
    return kind == ST_ADDED ? ST_DELETED : kind == ST_DELETED ? ST_ADDED : kind;
}

static int view_step(const struct umbra *runtime, const struct commit_record *record,
                     const struct commit_step *step, bool undo, struct step_view *view, struct error *error)
{
    struct side before = {.root = st_checkpoint_root(record->number),
                          .path = step->from ? step->from : step->path};
    struct side after = {.root = st_checkpoint_root(record->head), .path = step->path};
    const struct side *old = undo ? &after : &before, *new = undo ? &before : &after;
    int result = look(runtime->store, &before, step->kind != ST_ADDED, error);

    if (result == 0) result = look(runtime->store, &after, step->kind != ST_DELETED, error);
    if (result < 0) return result;
    if (step->hunks) after.info.mode = before.info.mode; /* permissions are no part of hunks */
    view->trees = (struct st_changes){.from = old->root, .to = new->root};
    view->change = (struct st_change){
        .kind = undo ? reverse_kind(step->kind) : step->kind,
        .old_type = old->info.ino ? old->info.kind : new->info.kind,
        .new_type = new->info.ino ? new->info.kind : old->info.kind,
        .old_mode = old->info.mode,
        .new_mode = new->info.mode,
        .old_ino = old->info.ino,
        .new_ino = new->info.ino,
        .old_size = old->info.size,
        .new_size = new->info.size,
        .path = (char *)(uintptr_t)(step->kind == ST_RENAMED ? new->path : step->path),
        .from = step->kind == ST_RENAMED ? (char *)(uintptr_t)old->path : NULL,
    };
    return 0;
}

/* {step: index, unknown, path, kind, ...}; unknown: a commit that was cut off may have done it, or not. NULL
 * without memory. */
static cJSON *describe_step(const struct step_view *view, size_t index, bool unknown)
{
    cJSON *item = review_describe(&view->change);

    if ((json_add_number(item, "step", (double)index) | json_add_bool(item, "unknown", unknown)) == 0)
        return item;
    cJSON_Delete(item);
    return NULL;
}

/* --- beginning a commit --- */

/* What the user chose, and what of it cannot be done. */
struct selection {
    struct umbra *runtime;
    struct commit_record *record;
    struct st_changes changes;
    bool *chosen; /* by index in changes */
    cJSON *refused;
};

static char *copy(const char *text)
{
    size_t size = strlen(text) + 1;
    char *result = malloc(size);
    return result ? memcpy(result, text, size) : NULL;
}

static int refuse(struct selection *selection, const char *path, const struct error *reason,
                  struct error *error)
{
    cJSON *item = cJSON_CreateObject();
    int failed = json_add_string(item, "path", path) |
                 json_add_string(item, "code", umbra_error_name(reason->code)) |
                 json_add_string(item, "reason", reason->message);

    if (failed) {
        cJSON_Delete(item);
        return error_memory(error);
    }
    return json_append(selection->refused, item) < 0 ? error_memory(error) : 0;
}

static int add_step(struct selection *selection, const struct st_change *change, const cJSON *hunks,
                    const char *id, struct error *error)
{
    struct commit_step *step = &selection->record->steps[selection->record->count++];

    *step = (struct commit_step){.kind = change->kind, .path = copy(change->path)};
    if (change->from) step->from = copy(change->from);
    if (hunks) step->hunks = cJSON_Duplicate(hunks, true);
    if (hunks) step->id = copy(id);
    if (step->path == NULL || (change->from && step->from == NULL) || (hunks && !(step->hunks && step->id)))
        return error_memory(error);
    return 0;
}

/* Whether the change can be committed like this: names that are no UTF-8 do not survive the way to the host,
 * hunks must be those of the diff as it is. */
static int check_choice(struct selection *selection, const struct st_change *change, const cJSON *hunks,
                        const char *id, struct error *error)
{
    struct comparison comparison;
    struct buffer text = {0};
    int result;

    if (!utf8_valid(change->path, strlen(change->path)) ||
        (change->from && !utf8_valid(change->from, strlen(change->from))))
        return error_set(error, UMBRA_EINVAL, "its name is not valid UTF-8; rename it first");
    if (hunks == NULL && id == NULL) return 0;
    result = comparison_open(selection->runtime, &selection->changes, change, &comparison, error);
    if (result < 0) return result;
    result = hunks ? comparison_take(&comparison, hunks, id, false, &text, NULL, error)
                   : comparison_check_id(&comparison, id, error);
    buffer_free(&text);
    comparison_close(&comparison);
    return result;
}

/* item: a path, {path, hunks?, id?}, or NULL for the whole change. */
static int choose(struct selection *selection, const struct st_change *change, const cJSON *item,
                  struct error *error)
{
    const cJSON *hunks = json_get(item, "hunks");
    const char *id = json_string(item, "id", NULL);
    bool *chosen = &selection->chosen[change - selection->changes.items];
    struct error reason = {0};
    int result;

    if (*chosen) return error_set(error, UMBRA_EINVAL, "%.300s is named twice", change->path);
    *chosen = true;
    result = check_choice(selection, change, hunks, id, &reason);
    if (result == UMBRA_ENOMEM) return error_memory(error);
    return result < 0 ? refuse(selection, change->path, &reason, error)
                      : add_step(selection, change, hunks, id, error);
}

/* All changes, or those that `paths` names; of these what is deleted or is not. */
static int choose_all(struct selection *selection, const cJSON *paths, bool deleted, struct error *error)
{
    const cJSON *item;
    size_t i;
    int result = 0;

    for (i = 0; i < selection->changes.count && !cJSON_IsArray(paths) && result == 0; i++) {
        const struct st_change *change = &selection->changes.items[i];
        if ((change->kind == ST_DELETED) == deleted) result = choose(selection, change, NULL, error);
    }
    cJSON_ArrayForEach(item, paths)
    {
        const char *path = cJSON_IsString(item) ? item->valuestring : json_string(item, "path", "");
        const struct st_change *change = comparison_find(&selection->changes, path, error);
        if (change == NULL) return UMBRA_ENOENT;
        if ((change->kind == ST_DELETED) == deleted) result = choose(selection, change, item, error);
        if (result < 0) return result;
    }
    return result;
}

static int select_steps(struct selection *selection, const cJSON *paths, struct error *error)
{
    struct umbra *runtime = selection->runtime;
    int result = st_list_changes(runtime->store, ST_BASE, ST_HEAD, &runtime->settings.renames,
                                 &selection->changes, error);

    if (result < 0) return result;
    selection->chosen = calloc(selection->changes.count + 1, sizeof selection->chosen[0]);
    selection->refused = cJSON_CreateArray();
    selection->record->steps = calloc(selection->changes.count + 1, sizeof selection->record->steps[0]);
    if (!selection->chosen || !selection->refused || !selection->record->steps) return error_memory(error);
    /* What is deleted goes first: a file may come where a folder was. */
    result = choose_all(selection, paths, true, error);
    return result < 0 ? result : choose_all(selection, paths, false, error);
}

/* Makes room for one more record; those that cannot be undone any more go first of all. */
static int forget_old(struct umbra *runtime, struct error *error)
{
    uint32_t i = 0, count = 0, number;
    int result = 0;

    while (result == 0 && (number = commit_record_at(runtime->store, i)) != 0) {
        if (st_has_checkpoint(runtime->store, number))
            i++;
        else
            result = commit_record_forget(runtime->store, number, error);
    }
    for (count = i; result == 0 && count >= runtime->max_commits; count--)
        result = commit_record_forget(runtime->store, commit_record_at(runtime->store, 0), error);
    return result;
}

/* Keeps BASE and HEAD as they are and writes the record, durably: nothing has been touched yet. */
static int keep(struct umbra *runtime, struct commit_record *record, struct error *error)
{
    char name[64];
    int result = forget_old(runtime, error);

    record->time = runtime->host.clock_wall(runtime->host.context);
    snprintf(name, sizeof name, "before the commit of %zu file%s", record->count,
             record->count == 1 ? "" : "s");
    if (result == 0)
        result = st_checkpoint_of(runtime->store, ST_BASE, name, false, record->time, &record->number, error);
    if (result == 0)
        result = st_checkpoint(runtime->store, name + strlen("before "), false, record->time, &record->head,
                               error);
    if (result == 0) result = st_begin(runtime->store, error);
    if (result == 0) {
        result = commit_record_write(runtime->store, record, error);
        if (result == 0)
            result = st_commit(runtime->store, error);
        else
            st_rollback(runtime->store);
    }
    if (result == 0) return 0;
    if (record->head) st_drop_checkpoint(runtime->store, record->head, NULL);
    if (record->number) st_drop_checkpoint(runtime->store, record->number, NULL);
    return result;
}

/* Whether there is still something of this step that is to be done. */
static bool is_open(const struct commit_step *step, bool undo)
{
    return step->state == COMMIT_UNKNOWN || (undo && step->state == COMMIT_DONE);
}

/* What was done last is undone first: each step then finds what it left behind. */
static int answer_steps(struct umbra *runtime, cJSON *refused, struct buffer *out, struct error *error)
{
    const struct commit_run *run = runtime->commit;
    const struct commit_record *record = &run->record;
    cJSON *answer = cJSON_CreateObject(), *steps = cJSON_CreateArray();
    size_t i;
    int failed = json_add_number(answer, "commit", record->number) |
                 json_add_number(answer, "time", (double)record->time);
    int result = 0;

    failed |= json_add_item(answer, "steps", steps);
    if (refused) failed |= json_add_item(answer, "refused", refused);
    for (i = 0; i < record->count && !failed && result == 0; i++) {
        size_t index = run->undo ? record->count - 1 - i : i;
        bool unknown = run->undo && record->steps[index].state == COMMIT_UNKNOWN;
        struct step_view view = {0};
        if (!is_open(&record->steps[index], run->undo)) continue;
        result = view_step(runtime, record, &record->steps[index], run->undo, &view, error);
        if (result == 0) failed = json_append(steps, describe_step(&view, index, unknown));
    }
    if (!failed && result == 0) json_print(out, answer);
    cJSON_Delete(answer);
    return failed || out->failed ? error_memory(error) : result;
}

/* {paths?}: {commit, time, steps: [{step, ...}], refused: [{path, code, reason}]}. Without a step, no commit
 * has begun, and its number is 0. */
int commit_begin(struct umbra *runtime, struct request *request, struct error *error)
{
    struct selection selection = {.runtime = runtime};
    struct commit_run *run = start(runtime, error);
    bool empty = false;
    int result;

    if (run == NULL) return error->code;
    selection.record = &run->record;
    result = select_steps(&selection, json_get(request->body, "paths"), error);
    if (result == 0) empty = run->record.count == 0;
    if (result == 0 && !empty) result = keep(runtime, &run->record, error);
    if (result == 0) {
        result = answer_steps(runtime, selection.refused, &request->result, error);
        selection.refused = NULL;
    }
    cJSON_Delete(selection.refused);
    free(selection.chosen);
    st_free_changes(&selection.changes);
    if (result < 0 || empty) commit_close(runtime);
    return result;
}

/* --- undoing one --- */

static size_t count_state(const struct commit_record *record, enum commit_state state)
{
    size_t i, count = 0;
    for (i = 0; i < record->count; i++) count += record->steps[i].state == state;
    return count;
}

/* The last commit of which something is left to be undone. */
static int find_last(struct umbra *runtime, uint32_t *number, struct error *error)
{
    uint32_t count = 0, one;

    while (commit_record_at(runtime->store, count)) count++;
    while (count > 0) {
        struct commit_record record = {0};
        int result;
        one = commit_record_at(runtime->store, --count);
        result = commit_record_read(runtime->store, one, &record, error);
        if (result == 0 && count_state(&record, COMMIT_DONE) + count_state(&record, COMMIT_UNKNOWN) > 0)
            *number = one;
        commit_record_free(&record);
        if (*number || (result < 0 && result != UMBRA_ENOENT)) return result;
    }
    return error_set(error, UMBRA_ENOENT, "there is no commit to be undone");
}

/* {commit?} */
int commit_undo(struct umbra *runtime, struct request *request, struct error *error)
{
    double named = json_number(request->body, "commit", 0);
    uint32_t number = named >= 1 && named < UINT32_MAX ? (uint32_t)named : 0;
    struct commit_run *run = start(runtime, error);
    int result = 0;

    if (run == NULL) return error->code;
    run->undo = true;
    if (json_get(request->body, "commit") == NULL) result = find_last(runtime, &number, error);
    if (result == 0) result = commit_record_read(runtime->store, number, &run->record, error);
    if (result == 0) result = answer_steps(runtime, NULL, &request->result, error);
    if (result < 0) commit_close(runtime);
    return result;
}

/* --- its steps --- */

static int find_step(const struct umbra *runtime, const struct request *request, size_t *index,
                     struct error *error)
{
    const struct commit_run *run = runtime->commit;
    double number = json_number(request->body, "step", -1);

    if (run == NULL) return error_set(error, UMBRA_EINVAL, "no commit is running");
    if (!(number >= 0 && number < (double)run->record.count))
        return error_set(error, UMBRA_EINVAL, "the commit has no step %.15g", number);
    *index = (size_t)number;
    return 0;
}

/* {step, side?: "old" (what must be there) or "new" (what is to be there)}: a part of the file. */
int commit_read(struct umbra *runtime, struct request *request, struct error *error)
{
    bool old = strcmp(json_string(request->body, "side", "new"), "old") == 0;
    const struct commit_run *run = runtime->commit;
    const struct commit_step *step;
    struct step_view view = {0};
    const char *path;
    size_t index = 0;
    int result = find_step(runtime, request, &index, error);

    if (result < 0) return result;
    step = &run->record.steps[index];
    if (step->hunks && old == run->undo) {
        result = view_step(runtime, &run->record, step, false, &view, error);
        return result < 0 ? result
                          : review_answer_hunks(runtime, request, &view.trees, &view.change, step->hunks,
                                                step->id, error);
    }
    result = view_step(runtime, &run->record, step, run->undo, &view, error);
    if (result < 0) return result;
    path = old && view.change.from ? view.change.from : view.change.path;
    return review_answer_file(runtime, request, old ? view.trees.from : view.trees.to, path, error);
}

/* The base's file gets what the hunks make of it. */
static int take_hunks(struct umbra *runtime, const struct commit_step *step, const struct step_view *view,
                      struct error *error)
{
    const struct st_change *moved = &view->change;
    struct comparison comparison;
    struct buffer text = {0};
    uint32_t ino;
    int result = comparison_open(runtime, &view->trees, &view->change, &comparison, error);

    if (result < 0) return result;
    result = comparison_take(&comparison, step->hunks, step->id, false, &text, NULL, error);
    comparison_close(&comparison);
    if (result == 0 && step->kind == ST_RENAMED)
        result = st_take_changes_from(runtime->store, ST_BASE, view->trees.to, &moved, 1, error);
    ino = st_at_path(runtime->store, ST_BASE, step->path);
    if (result == 0)
        result = st_replace(runtime->store, ST_BASE, ino, buffer_string(&text), text.size, error);
    if (result == 0) result = st_set_mode(runtime->store, ST_BASE, ino, view->change.old_mode, error);
    buffer_free(&text);
    return result;
}

/* The real file's time, so that the next look at the folder finds it as the base has it; HEAD's too, where it
 * is the same file. */
static int set_time(struct store *store, const char *path, int64_t mtime, struct error *error)
{
    uint32_t ino = st_at_path(store, ST_BASE, path), twin = st_at_path(store, ST_HEAD, path);
    int result = ino ? st_set_mtime(store, ST_BASE, ino, mtime, error) : 0;

    if (result == 0 && ino && ino == twin && st_shares_content(store, ST_BASE, ino, ST_HEAD, twin))
        result = st_set_mtime(store, ST_HEAD, twin, mtime, error);
    return result;
}

static int take_step(struct umbra *runtime, size_t index, const cJSON *mtime, struct error *error)
{
    const struct commit_run *run = runtime->commit;
    const struct commit_step *step = &run->record.steps[index];
    const struct st_change *change;
    struct step_view view = {0};
    int number = (int)index, result = view_step(runtime, &run->record, step, run->undo, &view, error);

    if (result < 0) return result;
    change = &view.change;
    if (step->hunks && !run->undo)
        result = take_hunks(runtime, step, &view, error);
    else
        result = st_take_changes_from(runtime->store, ST_BASE, view.trees.to, &change, 1, error);
    if (result == 0 && cJSON_IsNumber(mtime) && mtime->valuedouble >= 0 && mtime->valuedouble <= 9e15)
        result = set_time(runtime->store, change->path, (int64_t)mtime->valuedouble, error);
    return result < 0 ? result
                      : commit_record_note(runtime->store, run->record.number,
                                           run->undo ? COMMIT_UNDONE : COMMIT_DONE, &number, 1, error);
}

/* {step, mtime?}: the real folder has it. */
int commit_step(struct umbra *runtime, struct request *request, struct error *error)
{
    struct commit_run *run = runtime->commit;
    size_t index = 0;
    int result = find_step(runtime, request, &index, error);

    if (result == 0 && !is_open(&run->record.steps[index], run->undo))
        result = error_set(error, UMBRA_EINVAL, "step %zu of the commit is done", index);
    if (result == 0) result = st_begin(runtime->store, error);
    if (result < 0) return result;
    result = take_step(runtime, index, json_get(request->body, "mtime"), error);
    if (result == 0)
        result = st_commit(runtime->store, error);
    else
        st_rollback(runtime->store);
    if (result == 0) run->record.steps[index].state = run->undo ? COMMIT_UNDONE : COMMIT_DONE;
    return result;
}

/* --- the end --- */

/* The numbers in "left" that are of open steps; *count of them. NULL without memory. */
static int *read_left(const struct commit_run *run, const cJSON *left, int *count)
{
    int *steps = calloc(run->record.count + 1, sizeof *steps);
    const cJSON *item;

    *count = 0;
    if (steps == NULL) return NULL;
    cJSON_ArrayForEach(item, left)
    {
        double index = cJSON_IsNumber(item) ? item->valuedouble : -1;
        if (!(index >= 0 && index < (double)run->record.count)) continue;
        if (run->record.steps[(size_t)index].state != COMMIT_UNKNOWN) continue;
        run->record.steps[(size_t)index].state = COMMIT_LEFT;
        steps[(*count)++] = (int)index;
    }
    return steps;
}

/* Not flushed: without it, undoing looks at more files than it must. */
static int note_left(struct umbra *runtime, const cJSON *left, struct error *error)
{
    struct commit_run *run = runtime->commit;
    int count, result = 0, *steps = read_left(run, left, &count);

    if (steps == NULL) return error_memory(error);
    if (count) result = st_begin(runtime->store, error);
    if (count && result == 0) {
        result = commit_record_note(runtime->store, run->record.number, COMMIT_LEFT, steps, count, error);
        if (result == 0)
            result = st_commit_lazy(runtime->store, error);
        else
            st_rollback(runtime->store);
    }
    free(steps);
    return result;
}

/* {left?: [step, ...]}: these were not touched. Of other steps that were not done it is not known: undoing
 * looks. A commit of which nothing was done is forgotten. */
int commit_end(struct umbra *runtime, struct request *request, struct error *error)
{
    struct commit_run *run = runtime->commit;
    int result;

    if (run == NULL) return error_set(error, UMBRA_EINVAL, "no commit is running");
    result = run->undo ? 0 : note_left(runtime, json_get(request->body, "left"), error);
    if (result == 0 && !run->undo && count_state(&run->record, COMMIT_LEFT) == run->record.count)
        result = commit_record_forget(runtime->store, run->record.number, error);
    commit_close(runtime);
    runtime_emit_changes(runtime);
    return result;
}

/* --- the list --- */

static int put_steps(cJSON *item, const struct commit_record *record)
{
    cJSON *steps = cJSON_CreateArray();
    int failed = json_add_item(item, "steps", steps);
    size_t i;

    for (i = 0; i < record->count && !failed; i++) {
        const struct commit_step *step = &record->steps[i];
        cJSON *one = cJSON_CreateObject();
        failed = json_add_string(one, "path", step->path) |
                 json_add_string(one, "kind", st_change_kind_name(step->kind)) |
                 json_add_string(one, "state", commit_state_name(step->state)) |
                 (step->from ? json_add_string(one, "from", step->from) : 0) |
                 (step->hunks ? json_add_item(one, "hunks", cJSON_Duplicate(step->hunks, true)) : 0);
        failed |= json_append(steps, one);
    }
    return failed ? UMBRA_ENOMEM : 0;
}

static int put_record(cJSON *list, const struct commit_record *record, bool steps)
{
    cJSON *item = cJSON_CreateObject();
    int failed = json_add_number(item, "commit", record->number) |
                 json_add_number(item, "head", record->head) |
                 json_add_number(item, "time", (double)record->time) |
                 json_add_number(item, "files", (double)record->count);
    int state;

    for (state = 0; state < COMMIT_STATES; state++)
        failed |= json_add_number(item, commit_state_name((enum commit_state)state),
                                  (double)count_state(record, (enum commit_state)state));
    if (steps) failed |= put_steps(item, record);
    failed |= json_append(list, item);
    return failed ? UMBRA_ENOMEM : 0;
}

/* {commit?}: the commits that can be undone, the newest first; one of them with its steps. */
int commit_list(struct umbra *runtime, struct request *request, struct error *error)
{
    double named = json_number(request->body, "commit", 0);
    cJSON *list = cJSON_CreateArray();
    uint32_t count = 0;
    int result = list ? 0 : error_memory(error);

    while (commit_record_at(runtime->store, count)) count++;
    while (count > 0 && result == 0) {
        uint32_t number = commit_record_at(runtime->store, --count);
        struct commit_record record = {0};
        if (named != 0 && named != number) continue;
        result = commit_record_read(runtime->store, number, &record, error);
        if (result == 0 && put_record(list, &record, named != 0) < 0) result = error_memory(error);
        commit_record_free(&record);
        if (result == UMBRA_ENOENT) result = 0;
    }
    if (result == 0) json_print(&request->result, list);
    cJSON_Delete(list);
    return result == 0 && request->result.failed ? error_memory(error) : result;
}
