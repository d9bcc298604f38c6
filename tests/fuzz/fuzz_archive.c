/* Any bytes as an archive that is imported: a tar (an even first byte) or batches, anew or as changes (bit
 * 1). The workspace is whole afterwards, and its export comes in again as the same tree. */
#include <stdlib.h>
#include <string.h>

#include "fs/walk.h"
#include "memory_host.h"
#include "runtime/runtime.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static struct buffer exported;
static bool refused, done;

static void on_respond(void *context, uint32_t id, const char *json, size_t length, const void *blob,
                       size_t blob_size)
{
    struct error error;
    cJSON *answer = json_parse_text(json, length, "an answer", &error);

    (void)context;
    (void)id;
    if (answer == NULL) abort();
    refused = json_get(answer, "ok") == NULL;
    done = json_bool(json_get(answer, "ok"), "done", false);
    buffer_put(&exported, blob, blob_size);
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

static struct umbra *open_runtime(struct memory_host *memory)
{
    static struct umbra_host host;
    struct umbra *runtime;
    char message[256];

    host = memory->host;
    host.respond = on_respond;
    host.emit = on_emit;
    if (umbra_open(&host, "{\"limits\":{\"max_file_bytes\":5000,\"archive_header_bytes\":4000}}", &runtime,
                   message, sizeof message) < 0)
        abort();
    return runtime;
}

static void export_all(struct umbra *runtime)
{
    buffer_clear(&exported);
    ask(runtime, "{\"op\":\"export_begin\"}", NULL, 0);
    do {
        ask(runtime, "{\"op\":\"export_next\",\"length\":3000}", NULL, 0);
        if (refused) abort();
    } while (!done);
    if (exported.failed) abort();
}

/* The export of the export is the export. */
static void check(struct umbra *runtime)
{
    struct memory_host *memory = memory_host_new(2u << 20);
    struct umbra *other = open_runtime(memory);
    struct buffer first;

    if (st_in_transaction(runtime->store)) abort();
    export_all(runtime);
    first = exported;
    exported = (struct buffer){0};
    ask(other, "{\"op\":\"import_begin\",\"archive\":true}", NULL, 0);
    ask(other, "{\"op\":\"import_tar\"}", first.data, first.size);
    if (refused) abort();
    ask(other, "{\"op\":\"import_end\"}", NULL, 0);
    if (refused) abort();
    export_all(other);
    if (exported.size != first.size || memcmp(exported.data, first.data, first.size) != 0) abort();
    umbra_close(other);
    memory_host_free(memory);
    buffer_free(&first);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static const char write[] =
        "{\"op\":\"tool\",\"name\":\"Write\",\"input\":{\"file_path\":\"d/mine\",\"content\":\"mine\"}}";
    struct memory_host *memory = memory_host_new(2u << 20);
    struct umbra *runtime;
    size_t half;

    if (size == 0) {
        memory_host_free(memory);
        return 0;
    }
    runtime = open_runtime(memory);
    ask(runtime, write, NULL, 0);
    while (umbra_run(runtime, 8) == UMBRA_MORE) {
    }
    ask(runtime,
        data[0] & 2
            ? "{\"op\":\"import_begin\",\"archive\":true,\"asChanges\":true}"
            : "{\"op\":\"import_begin\",\"archive\":true,\"discardChanges\":true,\"exclude\":[\"x\"]}",
        NULL, 0);
    half = data[0] & 1 ? size - 1 : (size - 1) / 2;
    ask(runtime, data[0] & 1 ? "{\"op\":\"import_batch\"}" : "{\"op\":\"import_tar\"}", data + 1, half);
    if (half < size - 1) ask(runtime, "{\"op\":\"import_tar\"}", data + 1 + half, size - 1 - half);
    ask(runtime, "{\"op\":\"import_end\"}", NULL, 0);
    ask(runtime, "{\"op\":\"import_cancel\"}", NULL, 0);
    check(runtime);
    umbra_close(runtime);
    memory_host_free(memory);
    buffer_free(&exported);
    return 0;
}
