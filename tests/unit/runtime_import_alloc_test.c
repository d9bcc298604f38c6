/* Each allocation of an import fails once: it is as if it had not begun, or as if nothing had failed; never
 * something between. */
#include "failing_alloc.h"
#include "runtime/runtime.h"
#include "workspace.h"

struct shadow {
    struct workspace workspace;
    struct umbra_host host;
    struct umbra *runtime;
    bool refused; /* an answer was an error since it was set to false */
};

static struct shadow *current;

static void *take_memory(size_t size)
{
    return malloc(size);
}

static void give_memory(void *memory)
{
    free(memory);
}

static void on_respond(void *context, uint32_t id, const char *json, size_t length, const void *blob,
                       size_t blob_size)
{
    (void)context;
    (void)id;
    (void)blob;
    (void)blob_size;
    if (length < 6 || strncmp(json, "{\"ok\":", 6) != 0) current->refused = true;
}

static void on_emit(void *context, const char *json, size_t length)
{
    (void)context;
    (void)json;
    (void)length;
}

static void ask(struct shadow *shadow, const char *json, const void *bytes, size_t size)
{
    umbra_submit(shadow->runtime, 1, json, strlen(json), bytes, size);
}

static void put_listed(struct buffer *out, const char *name, uint32_t kind, uint64_t size, uint64_t mtime)
{
    buffer_put_u32(out, (uint32_t)strlen(name));
    buffer_put_u32(out, kind);
    buffer_put_u32(out, 0644);
    buffer_put_u64(out, size);
    buffer_put_u64(out, mtime);
    buffer_put_string(out, name);
}

static void put_entry(struct buffer *out, const char *path, const char *data, uint32_t flags)
{
    buffer_put_u32(out, (uint32_t)strlen(path));
    buffer_put_u32(out, (uint32_t)strlen(data));
    buffer_put_u32(out, 0644);
    buffer_put_u32(out, flags);
    buffer_put_u64(out, 7);
    buffer_put_string(out, path);
    buffer_put_string(out, data);
}

/* What a host sends: made before anything fails. */
struct requests {
    struct buffer first, list, below, batch;
};

static void make(struct requests *requests)
{
    static const char rules[] = "*.o\n[a-c]/**/x\n!keep.o\n";

    put_entry(&requests->first, "a", "one\n", 0);
    put_entry(&requests->first, "b", "one\n", 0);
    put_entry(&requests->first, "d/gone", "one\n", 0);
    put_entry(&requests->first, "d/same", "one\n", 0);
    put_entry(&requests->first, "x.o", "one\n", 0);
    buffer_put_u32(&requests->list, 0);
    buffer_put_u32(&requests->list, sizeof rules - 1);
    buffer_put_string(&requests->list, rules);
    put_listed(&requests->list, "a", UMBRA_LISTED_FILE, 8, 8);
    put_listed(&requests->list, "b", UMBRA_LISTED_FILE, 4, 8);
    put_listed(&requests->list, "d", UMBRA_LISTED_DIRECTORY, 0, 0);
    put_listed(&requests->list, "x.o", UMBRA_LISTED_FILE, 4, 8);
    put_listed(&requests->list, ".git", UMBRA_LISTED_DIRECTORY, 0, 0);
    buffer_put_u32(&requests->below, 1);
    buffer_put_u32(&requests->below, 0);
    buffer_put_string(&requests->below, "d");
    put_listed(&requests->below, "same", UMBRA_LISTED_FILE, 4, 7);
    put_listed(&requests->below, "new", UMBRA_LISTED_FILE, 4, 7);
    put_entry(&requests->batch, "a", "one\n", 0);
    put_entry(&requests->batch, "a", "two\n", UMBRA_ENTRY_APPEND);
    put_entry(&requests->batch, "b", "two\n", 0);
    put_entry(&requests->batch, "d/new", "new\n", 0);
    assert_false(requests->first.failed | requests->list.failed | requests->below.failed |
                 requests->batch.failed);
}

static void open_shadow(struct shadow *shadow, const struct requests *requests)
{
    char message[256];

    memset(shadow, 0, sizeof *shadow);
    current = shadow;
    shadow->workspace.memory = memory_host_new(1u << 20);
    shadow->host = shadow->workspace.memory->host;
    shadow->host.respond = on_respond;
    shadow->host.emit = on_emit;
    assert_int_equal(umbra_open(&shadow->host, "{}", &shadow->runtime, message, sizeof message), 0);
    shadow->workspace.store = shadow->runtime->store;
    ask(shadow, "{\"op\":\"import_begin\"}", NULL, 0);
    ask(shadow, "{\"op\":\"import_batch\"}", requests->first.data, requests->first.size);
    ask(shadow, "{\"op\":\"import_end\"}", NULL, 0);
    assert_false(shadow->refused);
    shadow->workspace.memory->wall += 5000;
    workspace_put(&shadow->workspace, "b", "mine\n");
    workspace_put(&shadow->workspace, "made", "mine\n");
}

static void close_shadow(struct shadow *shadow)
{
    umbra_close(shadow->runtime);
    memory_host_free(shadow->workspace.memory);
}

/* Whether all was answered well. */
static bool refresh(struct shadow *shadow, const struct requests *requests)
{
    ask(shadow, "{\"op\":\"import_begin\",\"refresh\":true,\"exclude\":[\".git\"]}", NULL, 0);
    if (!shadow->refused) ask(shadow, "{\"op\":\"import_list\"}", requests->list.data, requests->list.size);
    if (!shadow->refused) ask(shadow, "{\"op\":\"import_list\"}", requests->below.data, requests->below.size);
    if (!shadow->refused)
        ask(shadow, "{\"op\":\"import_batch\"}", requests->batch.data, requests->batch.size);
    if (!shadow->refused) ask(shadow, "{\"op\":\"import_end\"}", NULL, 0);
    return !shadow->refused;
}

static void every_allocation_may_fail(void **state)
{
    cJSON_Hooks hooks = {take_memory, give_memory};
    struct requests requests = {0};
    struct shadow shadow;
    char *before, *after, *now;
    bool reached = true, good;
    long n;

    (void)state;
    cJSON_InitHooks(&hooks);
    make(&requests);
    open_shadow(&shadow, &requests);
    before = workspace_dump_all(&shadow.workspace);
    assert_true(refresh(&shadow, &requests));
    after = workspace_dump_all(&shadow.workspace);
    assert_string_not_equal(before, after);
    assert_changes(&shadow.workspace, "modified b\nadded made\n");
    close_shadow(&shadow);
    for (n = 0; reached; n++) {
        open_shadow(&shadow, &requests);
        alloc_fail_at(n);
        good = refresh(&shadow, &requests);
        reached = alloc_has_failed();
        alloc_fail_at(-1);
        ask(&shadow, "{\"op\":\"import_cancel\"}", NULL, 0);
        now = workspace_dump_all(&shadow.workspace);
        if (good)
            assert_string_equal(now, after);
        else /* the last answer itself may be what could not be made */
            assert_true(strcmp(now, before) == 0 || strcmp(now, after) == 0);
        assert_false(st_in_transaction(shadow.workspace.store));
        free(now);
        close_shadow(&shadow);
    }
    assert_true(n > 100);
    free(before);
    free(after);
    buffer_free(&requests.first);
    buffer_free(&requests.list);
    buffer_free(&requests.below);
    buffer_free(&requests.batch);
    cJSON_InitHooks(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_may_fail)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
