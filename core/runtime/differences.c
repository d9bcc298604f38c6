/* differences.c: what changed, for the embedder to show: the list, one file's hunks, and patches. */
#include <string.h>

#include "runtime/comparison.h"
#include "store/patch.h"

cJSON *review_describe(const struct st_change *change)
{
    cJSON *item = cJSON_CreateObject();
    int failed = json_add_string(item, "path", change->path) |
                 json_add_string(item, "kind", st_change_kind_name(change->kind)) |
                 json_add_string(item, "type", st_kind_name(change->new_type));

    if (st_changes_type(change)) failed |= json_add_string(item, "oldType", st_kind_name(change->old_type));
    if (change->from) failed |= json_add_string(item, "from", change->from);
    if (change->from) failed |= json_add_number(item, "similarity", change->similarity);
    if (change->old_ino)
        failed |= json_add_number(item, "oldSize", (double)change->old_size) |
                  json_add_number(item, "oldMode", change->old_mode);
    if (change->new_ino)
        failed |= json_add_number(item, "newSize", (double)change->new_size) |
                  json_add_number(item, "newMode", change->new_mode);
    if (!failed) return item;
    cJSON_Delete(item);
    return NULL;
}

int review_changes(struct umbra *runtime, struct request *request, struct error *error)
{
    struct st_changes changes;
    cJSON *list;
    size_t i;
    int result = comparison_list(runtime, request, &changes, error);

    if (result < 0) return result;
    list = cJSON_CreateArray();
    for (i = 0; i < changes.count && result == 0; i++)
        result = json_append(list, review_describe(&changes.items[i]));
    if (result == 0) json_print(&request->result, list);
    cJSON_Delete(list);
    st_free_changes(&changes);
    return result < 0 ? error_memory(error) : 0;
}

static void put_lines(struct buffer *out, const struct diff *diff, const struct diff_hunk *hunk)
{
    struct hunk_lines lines;
    const struct diff_line *line;
    bool first = true;
    char sign;

    hunk_lines_begin(&lines, hunk);
    while ((line = hunk_lines_next(&lines, diff, &sign)) != NULL) {
        bool ends = hunk_line_ends(line);
        struct buffer text = {0};

        buffer_put_byte(&text, sign);
        buffer_put(&text, line->text, line->length - (ends ? 1 : 0));
        if (!first) buffer_put_byte(out, ',');
        first = false;
        json_put_string(out, buffer_string(&text), text.size);
        if (!ends) buffer_put_string(out, ",\"\\\\ No newline at end of file\"");
        if (text.failed) out->failed = true;
        buffer_free(&text);
    }
}

static void put_hunks(struct buffer *out, const struct diff *diff)
{
    struct diff_hunk hunk = {0};
    uint32_t index = 0;

    while (diff_next_hunk(diff, DIFF_CONTEXT, &hunk)) {
        /* A side without lines is said to start at the line before, as in unified diffs. */
        buffer_printf(out,
                      "%s{\"index\":%u,\"oldStart\":%u,\"oldLines\":%u,\"newStart\":%u,\"newLines\":%u,"
                      "\"lines\":[",
                      index ? "," : "", index + 1, hunk.old_start + (hunk.old_count > 0), hunk.old_count,
                      hunk.new_start + (hunk.new_count > 0), hunk.new_count);
        put_lines(out, diff, &hunk);
        buffer_put_string(out, "]}");
        index++;
    }
}

static void put_comparison(struct buffer *out, const struct comparison *comparison)
{
    const struct diff *diff = &comparison->diff;
    uint32_t added = 0, removed = 0, i;

    for (i = 0; i < diff->old.count; i++) removed += diff->old.lines[i].changed;
    for (i = 0; i < diff->new.count; i++) added += diff->new.lines[i].changed;
    buffer_put_string(out, "{\"path\":");
    json_put_string(out, comparison->change->path, strlen(comparison->change->path));
    buffer_printf(out, ",\"id\":\"%s\",\"binary\":%s,\"tooLarge\":%s,\"added\":%u,\"removed\":%u,\"hunks\":[",
                  comparison->id, comparison->binary ? "true" : "false",
                  comparison->too_large ? "true" : "false", added, removed);
    put_hunks(out, diff);
    buffer_put_string(out, "]}");
}

int review_diff(struct umbra *runtime, struct request *request, struct error *error)
{
    struct comparison comparison;
    const struct st_change *change;
    struct st_changes changes;
    int result = comparison_list(runtime, request, &changes, error);

    if (result < 0) return result;
    change = comparison_find(&changes, json_string(request->body, "path", ""), error);
    result = change ? comparison_open(runtime, &changes, change, &comparison, error) : UMBRA_ENOENT;
    if (result == 0) {
        put_comparison(&request->result, &comparison);
        comparison_close(&comparison);
    }
    st_free_changes(&changes);
    return result;
}

static int put_patch(struct umbra *runtime, const struct st_changes *changes, const struct st_change *change,
                     bool numbered, struct buffer *out, struct error *error)
{
    struct comparison comparison;
    int result = comparison_open(runtime, changes, change, &comparison, error);

    if (result < 0) return result;
    result = patch_put(out, change,
                       &(struct patch_content){.old_text = buffer_string(&comparison.old),
                                               .old_size = comparison.old.size,
                                               .new_text = buffer_string(&comparison.new),
                                               .new_size = comparison.new.size,
                                               .too_large = comparison.too_large,
                                               .numbered = numbered},
                       error);
    comparison_close(&comparison);
    return result;
}

/* {paths?, from?, to?, numbered?}: the text goes beside the answer, for it has the bytes of the files. */
int review_patch(struct umbra *runtime, struct request *request, struct error *error)
{
    const cJSON *paths = json_get(request->body, "paths"), *path;
    bool numbered = json_bool(request->body, "numbered", false);
    struct st_changes changes;
    size_t i;
    int result = comparison_list(runtime, request, &changes, error);

    if (result < 0) return result;
    for (i = 0; i < changes.count && result == 0 && !cJSON_IsArray(paths); i++)
        result = put_patch(runtime, &changes, &changes.items[i], numbered, &request->bytes, error);
    cJSON_ArrayForEach(path, paths)
    {
        const char *name = cJSON_IsString(path) ? path->valuestring : "";
        const struct st_change *change = comparison_find(&changes, name, error);
        result =
            change ? put_patch(runtime, &changes, change, numbered, &request->bytes, error) : UMBRA_ENOENT;
        if (result < 0) break;
    }
    buffer_printf(&request->result, "{\"size\":%zu}", request->bytes.size);
    st_free_changes(&changes);
    return result;
}
