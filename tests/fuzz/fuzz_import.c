/* A refresh of a small workspace as a host would never send it: each step is a byte that says what, a u16
 * size, and so many bytes of a listing or a batch. Whatever comes, the user's change stays and the image is
 * whole. */
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "fs/path.h"
#include "memory_host.h"
#include "runtime/runtime.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void on_respond(void *context, uint32_t id, const char *json, size_t length, const void *blob,
                       size_t blob_size)
{
    struct error error;
    cJSON *answer = json_parse_text(json, length, "an answer", &error);

    (void)context;
    (void)id;
    (void)blob;
    (void)blob_size;
    if (answer == NULL) abort();
    cJSON_Delete(answer);
}

static void on_emit(void *context, const char *json, size_t length)
{
    (void)context;
    (void)json;
    (void)length;
}

static void ask(struct umbra *runtime, const char *json, const void *bytes, size_t size)
{
    umbra_submit(runtime, 1, json, strlen(json), bytes, size);
}

static void put_entry(struct buffer *out, const char *path, const char *data)
{
    buffer_put_u32(out, (uint32_t)strlen(path));
    buffer_put_u32(out, (uint32_t)strlen(data));
    buffer_put_u32(out, 0644);
    buffer_put_u32(out, 0);
    buffer_put_u64(out, 1000);
    buffer_put_string(out, path);
    buffer_put_string(out, data);
}

static void fill(struct umbra *runtime)
{
    static const char mine[] = "{\"op\":\"tool\",\"name\":\"Write\",\"input\":{\"file_path\":\"d/mine\","
                               "\"content\":\"mine\"}}";
    struct buffer batch = {0};

    put_entry(&batch, "a", "one\n");
    put_entry(&batch, "d/mine", "one\n");
    put_entry(&batch, "d/b.o", "one\n");
    if (batch.failed) abort();
    ask(runtime, "{\"op\":\"import_begin\"}", NULL, 0);
    ask(runtime, "{\"op\":\"import_batch\"}", batch.data, batch.size);
    ask(runtime, "{\"op\":\"import_end\"}", NULL, 0);
    ask(runtime, mine, NULL, 0);
    while (umbra_run(runtime, 8) == UMBRA_MORE) {
    }
    buffer_free(&batch);
}

static void check(struct umbra *runtime)
{
    struct buffer content = {0};
    struct st_changes changes;
    struct error error;
    uint32_t ino;

    if (st_in_transaction(runtime->store)) abort();
    if (fs_resolve(runtime->store, ST_HEAD, "d/mine", 6, FS_NO_FOLLOW, &ino, &error) < 0) abort();
    if (fs_read_file(runtime->store, ST_HEAD, ino, 100, &content, &error) < 0) abort();
    if (strcmp(buffer_string(&content), "mine") != 0) abort();
    if (st_list_changes(runtime->store, ST_BASE, ST_HEAD, NULL, &changes, &error) < 0) abort();
    st_free_changes(&changes);
    buffer_free(&content);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static const char *const operations[] = {
        "{\"op\":\"import_list\"}", "{\"op\":\"import_list\",\"again\":true}", "{\"op\":\"import_batch\"}"};
    struct memory_host *memory = memory_host_new(1u << 20);
    struct umbra_host host = memory->host;
    struct umbra *runtime;
    char message[256];

    host.respond = on_respond;
    host.emit = on_emit;
    if (umbra_open(&host, "{}", &runtime, message, sizeof message) < 0) abort();
    fill(runtime);
    ask(runtime, "{\"op\":\"import_begin\",\"refresh\":true}", NULL, 0);
    while (size >= 3) {
        size_t take = data[1] | (size_t)data[2] << 8;
        if (take > size - 3) take = size - 3;
        ask(runtime, operations[data[0] % 3], data + 3, take);
        data += 3 + take;
        size -= 3 + take;
    }
    ask(runtime, "{\"op\":\"import_end\"}", NULL, 0);
    check(runtime);
    umbra_close(runtime);
    if (umbra_open(&host, "{}", &runtime, message, sizeof message) < 0) abort();
    check(runtime);
    umbra_close(runtime);
    memory_host_free(memory);
    return 0;
}
