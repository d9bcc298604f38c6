#include "runtime/commit_record.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs/path.h"

#define FOLDER     "commits"
#define NAME_SIZE  40
#define HEAD_BYTES 256          /* enough for the first line */
#define RECORD_MAX (256u << 20) /* bytes of a record that are read */

/* A record is JSON lines: {head, time}; for each step {path, kind, from?, hunks?, id?}; and for each time
 * that something was noted {state, steps: [index, ...]}. */

const char *commit_state_name(enum commit_state state)
{
    static const char *const names[COMMIT_STATES] = {"unknown", "done", "left", "undone"};
    return names[state];
}

/* Zeros in front make the order of names that of numbers. */
static void put_path(char *path, uint32_t number)
{
    snprintf(path, NAME_SIZE, FOLDER "/%010" PRIu32 ".jsonl", number);
}

static uint32_t find(const struct store *store, uint32_t number)
{
    char path[NAME_SIZE];
    put_path(path, number);
    return st_at_path(store, ST_SYSTEM, path);
}

uint32_t commit_record_at(const struct store *store, uint32_t index)
{
    uint32_t folder = st_at_path(store, ST_SYSTEM, FOLDER);
    uint32_t ino = folder ? st_entry(store, ST_SYSTEM, folder, index) : 0;
    struct st_info info;
    char name[NAME_SIZE] = "";

    if (ino == 0 || st_info(store, ST_SYSTEM, ino, &info) < 0) return 0;
    memcpy(name, info.name, info.name_length < sizeof name ? info.name_length : sizeof name - 1);
    return (uint32_t)strtoul(name, NULL, 10);
}

/* A whole number from the record, 0 when it is out of range. */
static double number_in(const cJSON *line, const char *key, double most)
{
    double number = json_number(line, key, 0);
    return number >= 0 && number <= most ? number : 0;
}

/* The checkpoint of HEAD, from the first line alone; 0 when it cannot be read. */
static uint32_t head_of(const struct store *store, uint32_t number)
{
    char line[HEAD_BYTES];
    uint32_t ino = find(store, number), head = 0;
    int64_t got = ino ? st_read(store, ST_SYSTEM, ino, 0, line, sizeof line) : 0;
    const char *end = got > 0 ? memchr(line, '\n', (size_t)got) : NULL;
    cJSON *json = end ? json_parse_text(line, (size_t)(end - line), "a commit", NULL) : NULL;

    head = (uint32_t)number_in(json, "head", UINT32_MAX);
    cJSON_Delete(json);
    return head;
}

uint32_t commit_record_of(const struct store *store, uint32_t checkpoint)
{
    uint32_t i, number;

    for (i = 0; (number = commit_record_at(store, i)) != 0; i++)
        if (number == checkpoint || head_of(store, number) == checkpoint) return number;
    return 0;
}

void commit_record_free(struct commit_record *record)
{
    size_t i;

    for (i = 0; i < record->count; i++) {
        struct commit_step *step = &record->steps[i];
        free(step->path);
        free(step->from);
        free(step->id);
        cJSON_Delete(step->hunks);
    }
    free(record->steps);
    memset(record, 0, sizeof *record);
}

/* --- reading --- */

static char *copy(const char *text)
{
    size_t size = strlen(text) + 1;
    char *result = malloc(size);
    return result ? memcpy(result, text, size) : NULL;
}

static int damaged(uint32_t number, struct error *error)
{
    return error_set(error, UMBRA_ECORRUPT, "what is kept of commit %" PRIu32 " is damaged", number);
}

static int read_step(struct commit_record *record, const cJSON *line, struct error *error)
{
    struct commit_step *step = &record->steps[record->count];
    const char *kind = json_string(line, "kind", ""), *from = json_string(line, "from", NULL);
    const cJSON *hunks = json_get(line, "hunks");
    int i;

    for (i = ST_ADDED; i <= ST_MODE; i++)
        if (strcmp(st_change_kind_name((enum st_change_kind)i), kind) == 0) break;
    if (i > ST_MODE || (i == ST_RENAMED) != (from != NULL)) return damaged(record->number, error);
    *step = (struct commit_step){.kind = (enum st_change_kind)i};
    record->count++;
    step->path = copy(json_string(line, "path", ""));
    if (from) step->from = copy(from);
    if (hunks) step->hunks = cJSON_Duplicate(hunks, true);
    if (hunks) step->id = copy(json_string(line, "id", ""));
    if (step->path == NULL || (from && step->from == NULL) || (hunks && !(step->hunks && step->id)))
        return error_memory(error);
    return 0;
}

static int read_note(struct commit_record *record, const cJSON *line, struct error *error)
{
    const char *name = json_string(line, "state", "");
    const cJSON *item;
    int state;

    for (state = 0; state < COMMIT_STATES; state++)
        if (strcmp(commit_state_name((enum commit_state)state), name) == 0) break;
    if (state == COMMIT_STATES) return damaged(record->number, error);
    cJSON_ArrayForEach(item, json_get(line, "steps"))
    {
        double index = cJSON_IsNumber(item) ? item->valuedouble : -1;
        if (!(index >= 0 && index < (double)record->count)) return damaged(record->number, error);
        record->steps[(size_t)index].state = (enum commit_state)state;
    }
    return 0;
}

static int read_line(struct commit_record *record, const cJSON *line, struct error *error)
{
    if (json_get(line, "head") == NULL)
        return json_get(line, "path") ? read_step(record, line, error) : read_note(record, line, error);
    record->head = (uint32_t)number_in(line, "head", UINT32_MAX);
    record->time = (int64_t)number_in(line, "time", 9e15);
    return 0;
}

static int read_lines(struct commit_record *record, const struct buffer *text, struct error *error)
{
    size_t at, lines = 0;
    int result = 0;

    for (at = 0; at < text->size; at++) lines += text->data[at] == '\n';
    record->steps = calloc(lines + 1, sizeof record->steps[0]);
    if (record->steps == NULL) return error_memory(error);
    for (at = 0; at < text->size && result == 0;) {
        const char *end = memchr(text->data + at, '\n', text->size - at);
        size_t length = end ? (size_t)(end - text->data) - at : 0;
        cJSON *line;
        if (end == NULL) return damaged(record->number, error);
        line = json_parse_text(text->data + at, length, "a line of a commit", error);
        result = line ? read_line(record, line, error) : error->code;
        cJSON_Delete(line);
        at += length + 1;
    }
    return result;
}

int commit_record_read(const struct store *store, uint32_t number, struct commit_record *record,
                       struct error *error)
{
    struct error own = {0};
    struct buffer text = {0};
    uint32_t ino = find(store, number);
    int result;

    memset(record, 0, sizeof *record);
    record->number = number;
    if (ino == 0)
        return error_set(error, UMBRA_ENOENT, "nothing is kept of a commit %" PRIu32 "; see the list of them",
                         number);
    result = fs_read_file(store, ST_SYSTEM, ino, RECORD_MAX, &text, &own);
    if (result == 0) result = read_lines(record, &text, &own);
    buffer_free(&text);
    if (result < 0) return error_set(error, own.code, "%s", own.message);
    if (st_has_checkpoint(store, number) && st_has_checkpoint(store, record->head)) return 0;
    return error_set(error, UMBRA_ENOENT,
                     "what stood there before commit %" PRIu32 " is not kept any more; it cannot be undone",
                     number);
}

/* --- writing --- */

static int put_line(struct buffer *out, cJSON *line, int failed)
{
    if (!failed) json_print(out, line);
    buffer_put_byte(out, '\n');
    cJSON_Delete(line);
    return failed || out->failed ? UMBRA_ENOMEM : 0;
}

static int put_step(struct buffer *out, const struct commit_step *step)
{
    cJSON *line = cJSON_CreateObject();
    int failed = json_add_string(line, "path", step->path) |
                 json_add_string(line, "kind", st_change_kind_name(step->kind));

    if (step->from) failed |= json_add_string(line, "from", step->from);
    if (step->hunks)
        failed |= json_add_item(line, "hunks", cJSON_Duplicate(step->hunks, true)) |
                  json_add_string(line, "id", step->id);
    return put_line(out, line, failed);
}

int commit_record_write(struct store *store, const struct commit_record *record, struct error *error)
{
    cJSON *line = cJSON_CreateObject();
    struct buffer text = {0};
    char path[NAME_SIZE];
    size_t i;
    int failed =
        json_add_number(line, "head", record->head) | json_add_number(line, "time", (double)record->time);
    int result = put_line(&text, line, failed);

    for (i = 0; i < record->count && result == 0; i++) result = put_step(&text, &record->steps[i]);
    if (result < 0) error_memory(error);
    put_path(path, record->number);
    if (result == 0)
        result = fs_write_file(store, ST_SYSTEM, path, strlen(path), text.data, text.size, record->time, NULL,
                               error);
    buffer_free(&text);
    return result;
}

int commit_record_note(struct store *store, uint32_t number, enum commit_state state, const int *steps,
                       int count, struct error *error)
{
    cJSON *line = cJSON_CreateObject();
    struct buffer text = {0};
    int failed = json_add_string(line, "state", commit_state_name(state)) |
                 json_add_item(line, "steps", cJSON_CreateIntArray(steps, count));
    int result = put_line(&text, line, failed);

    if (result < 0)
        error_memory(error);
    else
        result = st_append(store, ST_SYSTEM, find(store, number), text.data, text.size, error);
    buffer_free(&text);
    return result;
}

static int drop(struct store *store, uint32_t checkpoint, struct error *error)
{
    return st_has_checkpoint(store, checkpoint) ? st_drop_checkpoint(store, checkpoint, error) : 0;
}

static int remove_file(struct store *store, uint32_t ino, struct error *error)
{
    int result = st_begin(store, error);

    if (result < 0) return result;
    result = st_remove(store, ST_SYSTEM, ino, error);
    if (result == 0) return st_commit(store, error);
    st_rollback(store);
    return result;
}

int commit_record_forget(struct store *store, uint32_t number, struct error *error)
{
    uint32_t ino = find(store, number);
    /* In this order a crash leaves a record that says of itself that it is gone, and no checkpoint that
     * nobody knows. */
    int result = ino ? drop(store, head_of(store, number), error) : 0;

    if (result == 0 && ino) result = drop(store, number, error);
    return result == 0 && ino ? remove_file(store, ino, error) : result;
}

int commit_record_clear(struct store *store, struct buffer *checkpoints, struct error *error)
{
    uint32_t folder = st_at_path(store, ST_SYSTEM, FOLDER), number, ino;
    int result = 0;

    while (result == 0 && folder && (ino = st_entry(store, ST_SYSTEM, folder, 0)) != 0) {
        number = commit_record_at(store, 0);
        buffer_put_u32(checkpoints, number);
        buffer_put_u32(checkpoints, head_of(store, number));
        result = st_remove(store, ST_SYSTEM, ino, error);
    }
    return result == 0 && checkpoints->failed ? error_memory(error) : result;
}
