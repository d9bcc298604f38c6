/* Any bytes as an archive that is imported: a tar (an even first byte) or batches, anew or as changes (bit
 * 1). The workspace is whole afterwards, and its export comes in again as the same tree. */
#include <stdlib.h>
#include <string.h>

#include "fs/walk.h"
#include "shadow.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

#define CAPACITY (2u << 20)
#define OPTIONS  "{\"limits\":{\"max_file_bytes\":5000,\"archive_header_bytes\":4000}}"

static struct buffer exported;

static void keep_bytes(struct shadow *shadow, const char *json, size_t length, const void *blob,
                       size_t blob_size)
{
    struct error error;
    cJSON *answer = json_parse_text(json, length, "an answer", &error);

    (void)shadow;
    if (answer == NULL) abort();
    buffer_put(&exported, blob, blob_size);
    cJSON_Delete(answer);
}

static void export_all(struct shadow *shadow)
{
    buffer_clear(&exported);
    shadow->refused = false;
    shadow_ask(shadow, "{\"op\":\"export_begin\"}");
    do {
        shadow_ask(shadow, "{\"op\":\"export_next\",\"length\":3000}");
        if (shadow->refused) abort();
    } while (!shadow->done);
    if (exported.failed) abort();
}

/* The export of the export is the export. */
static void check(struct shadow *shadow)
{
    struct shadow other = {.on_answer = keep_bytes};
    struct buffer first;

    if (st_in_transaction(shadow->runtime->store)) abort();
    export_all(shadow);
    first = exported;
    exported = (struct buffer){0};
    shadow_open(&other, CAPACITY, OPTIONS);
    shadow_ask(&other, "{\"op\":\"import_begin\",\"archive\":true}");
    shadow_ask_bytes(&other, "{\"op\":\"import_tar\"}", first.data, first.size);
    shadow_ask(&other, "{\"op\":\"import_end\"}");
    if (other.refused) abort();
    export_all(&other);
    if (exported.size != first.size || memcmp(exported.data, first.data, first.size) != 0) abort();
    shadow_close(&other);
    buffer_free(&first);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static const char write[] =
        "{\"op\":\"tool\",\"name\":\"Write\",\"input\":{\"file_path\":\"d/mine\",\"content\":\"mine\"}}";
    struct shadow shadow = {.on_answer = keep_bytes};
    size_t half;

    if (size == 0) return 0;
    shadow_open(&shadow, CAPACITY, OPTIONS);
    shadow_ask(&shadow, write);
    shadow_run(&shadow);
    shadow_ask(
        &shadow,
        data[0] & 2
            ? "{\"op\":\"import_begin\",\"archive\":true,\"asChanges\":true}"
            : "{\"op\":\"import_begin\",\"archive\":true,\"discardChanges\":true,\"exclude\":[\"x\"]}");
    half = data[0] & 1 ? size - 1 : (size - 1) / 2;
    shadow_ask_bytes(&shadow, data[0] & 1 ? "{\"op\":\"import_batch\"}" : "{\"op\":\"import_tar\"}", data + 1,
                     half);
    if (half < size - 1)
        shadow_ask_bytes(&shadow, "{\"op\":\"import_tar\"}", data + 1 + half, size - 1 - half);
    shadow_ask(&shadow, "{\"op\":\"import_end\"}");
    shadow_ask(&shadow, "{\"op\":\"import_cancel\"}");
    check(&shadow);
    shadow_close(&shadow);
    buffer_free(&exported);
    return 0;
}
