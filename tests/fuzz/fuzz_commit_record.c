/* Any bytes as the record of a commit: listing it, undoing a step of it and forgetting it end with an answer.
 */
#include <stdlib.h>
#include <string.h>

#include "fs/path.h"
#include "memory_host.h"
#include "runtime/runtime.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

#define PATH "commits/0000000001.jsonl"

static void on_respond(void *context, uint32_t id, const char *json, size_t length, const void *blob,
                       size_t blob_size)
{
    (void)context;
    (void)id;
    (void)blob;
    (void)blob_size;
    if (length < 6 || json[0] != '{') abort();
}

static void on_emit(void *context, const char *json, size_t length)
{
    (void)context;
    (void)json;
    (void)length;
}

static void must(int result)
{
    if (result < 0) abort();
}

/* a is changed from the checkpoint 1 of BASE to the checkpoint 2 of HEAD, b is new. */
static void fill(struct store *store, const unsigned char *data, size_t size)
{
    uint32_t id;

    must(st_begin(store, NULL));
    must(fs_write_file(store, ST_HEAD, "a", 1, "1\n", 2, 0, NULL, NULL));
    must(st_rebase(store, NULL));
    must(st_commit(store, NULL));
    must(st_checkpoint_of(store, ST_BASE, "base", false, 0, &id, NULL));
    must(st_begin(store, NULL));
    must(fs_write_file(store, ST_HEAD, "a", 1, "2\n", 2, 0, NULL, NULL));
    must(fs_write_file(store, ST_HEAD, "b", 1, "b\n", 2, 0, NULL, NULL));
    must(fs_write_file(store, ST_SYSTEM, PATH, sizeof PATH - 1, data, size, 0, NULL, NULL));
    must(st_commit(store, NULL));
    must(st_checkpoint(store, "head", false, 0, &id, NULL));
}

static void ask(struct umbra *runtime, const char *json)
{
    umbra_submit(runtime, 1, json, strlen(json), NULL, 0);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct memory_host *memory = memory_host_new(1u << 20);
    struct umbra_host host = memory->host;
    struct umbra *runtime;
    char message[256];

    host.respond = on_respond;
    host.emit = on_emit;
    must(umbra_open(&host, "{}", &runtime, message, sizeof message));
    fill(runtime->store, data, size);
    ask(runtime, "{\"op\":\"commits\"}");
    ask(runtime, "{\"op\":\"commits\",\"commit\":1}");
    ask(runtime, "{\"op\":\"checkpoints\"}");
    ask(runtime, "{\"op\":\"undo_begin\"}");
    ask(runtime, "{\"op\":\"read\",\"step\":0,\"side\":\"old\"}");
    ask(runtime, "{\"op\":\"read\",\"step\":0}");
    ask(runtime, "{\"op\":\"commit_step\",\"step\":0}");
    ask(runtime, "{\"op\":\"commit_end\"}");
    ask(runtime, "{\"op\":\"drop_checkpoint\",\"checkpoint\":1}");
    umbra_close(runtime);
    memory_host_free(memory);
    return 0;
}
