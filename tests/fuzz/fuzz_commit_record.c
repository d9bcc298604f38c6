/* Any bytes as the record of a commit: listing it, undoing a step of it and forgetting it end with an answer.
 */
#include <stdlib.h>
#include <string.h>

#include "fs/path.h"
#include "shadow.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

#define PATH "commits/0000000001.jsonl"

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

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct shadow shadow = {0};

    shadow_open(&shadow, 1u << 20, "{}");
    fill(shadow.runtime->store, data, size);
    shadow_ask(&shadow, "{\"op\":\"commits\"}");
    shadow_ask(&shadow, "{\"op\":\"commits\",\"commit\":1}");
    shadow_ask(&shadow, "{\"op\":\"checkpoints\"}");
    shadow_ask(&shadow, "{\"op\":\"undo_begin\"}");
    shadow_ask(&shadow, "{\"op\":\"read\",\"step\":0,\"side\":\"old\"}");
    shadow_ask(&shadow, "{\"op\":\"read\",\"step\":0}");
    shadow_ask(&shadow, "{\"op\":\"commit_step\",\"step\":0}");
    shadow_ask(&shadow, "{\"op\":\"commit_end\"}");
    shadow_ask(&shadow, "{\"op\":\"drop_checkpoint\",\"checkpoint\":1}");
    shadow_close(&shadow);
    return 0;
}
