/* A refresh of a small workspace as a host would never send it: each step is a byte that says what, a u16
 * size, and so many bytes of a listing or a batch. Whatever comes, the user's change stays and the image is
 * whole. */
#include <stdlib.h>
#include <string.h>

#include "fs/path.h"
#include "shadow.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void parse(struct shadow *shadow, const char *json, size_t length, const void *blob, size_t blob_size)
{
    struct error error;
    cJSON *answer = json_parse_text(json, length, "an answer", &error);

    (void)shadow;
    (void)blob;
    (void)blob_size;
    if (answer == NULL) abort();
    cJSON_Delete(answer);
}

static void fill(struct shadow *shadow)
{
    static const char mine[] = "{\"op\":\"tool\",\"name\":\"Write\",\"input\":{\"file_path\":\"d/mine\","
                               "\"content\":\"mine\"}}";
    struct buffer batch = {0};

    shadow_put_entry(&batch, "a", "one\n", 0, 1000);
    shadow_put_entry(&batch, "d/mine", "one\n", 0, 1000);
    shadow_put_entry(&batch, "d/b.o", "one\n", 0, 1000);
    if (batch.failed) abort();
    shadow_ask(shadow, "{\"op\":\"import_begin\"}");
    shadow_ask_bytes(shadow, "{\"op\":\"import_batch\"}", batch.data, batch.size);
    shadow_ask(shadow, "{\"op\":\"import_end\"}");
    shadow_ask(shadow, mine);
    shadow_run(shadow);
    buffer_free(&batch);
}

static void check(const struct store *store)
{
    struct buffer content = {0};
    struct st_changes changes;
    struct error error;
    uint32_t ino;

    if (st_in_transaction(store)) abort();
    if (fs_resolve(store, ST_HEAD, "d/mine", 6, FS_NO_FOLLOW, &ino, &error) < 0) abort();
    if (fs_read_file(store, ST_HEAD, ino, 100, &content, &error) < 0) abort();
    if (strcmp(buffer_string(&content), "mine") != 0) abort();
    if (st_list_changes(store, ST_BASE, ST_HEAD, NULL, &changes, &error) < 0) abort();
    st_free_changes(&changes);
    buffer_free(&content);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static const char *const operations[] = {
        "{\"op\":\"import_list\"}", "{\"op\":\"import_list\",\"again\":true}", "{\"op\":\"import_batch\"}"};
    struct shadow shadow = {.on_answer = parse};

    shadow_open(&shadow, 1u << 20, "{}");
    fill(&shadow);
    shadow_ask(&shadow, "{\"op\":\"import_begin\",\"refresh\":true}");
    while (size >= 3) {
        size_t take = data[1] | (size_t)data[2] << 8;
        if (take > size - 3) take = size - 3;
        shadow_ask_bytes(&shadow, operations[data[0] % 3], data + 3, take);
        data += 3 + take;
        size -= 3 + take;
    }
    shadow_ask(&shadow, "{\"op\":\"import_end\"}");
    check(shadow.runtime->store);
    shadow_reopen(&shadow, "{}");
    check(shadow.runtime->store);
    shadow_close(&shadow);
    return 0;
}
