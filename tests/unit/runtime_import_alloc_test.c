/* Each allocation of an import fails once: it is as if it had not begun, or as if nothing had failed; never
 * something between. */
#include "failing_alloc.h"
#include "shadow.h"
#include "workspace.h"

static void put_listed(struct buffer *out, const char *name, uint32_t kind, uint64_t size, uint64_t mtime)
{
    buffer_put_u32(out, (uint32_t)strlen(name));
    buffer_put_u32(out, kind);
    buffer_put_u32(out, 0644);
    buffer_put_u64(out, size);
    buffer_put_u64(out, mtime);
    buffer_put_string(out, name);
}

/* What a host sends: made before anything fails. */
struct requests {
    struct buffer first, list, below, batch;
};

static void make(struct requests *requests)
{
    static const char rules[] = "*.o\n[a-c]/**/x\n!keep.o\n";

    shadow_put_entry(&requests->first, "a", "one\n", 0, 7);
    shadow_put_entry(&requests->first, "b", "one\n", 0, 7);
    shadow_put_entry(&requests->first, "d/gone", "one\n", 0, 7);
    shadow_put_entry(&requests->first, "d/same", "one\n", 0, 7);
    shadow_put_entry(&requests->first, "x.o", "one\n", 0, 7);
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
    shadow_put_entry(&requests->batch, "a", "one\n", 0, 7);
    shadow_put_entry(&requests->batch, "a", "two\n", UMBRA_ENTRY_APPEND, 7);
    shadow_put_entry(&requests->batch, "b", "two\n", 0, 7);
    shadow_put_entry(&requests->batch, "d/new", "new\n", 0, 7);
    assert_false(requests->first.failed | requests->list.failed | requests->below.failed |
                 requests->batch.failed);
}

static struct workspace workspace_of(const struct shadow *shadow)
{
    return (struct workspace){.memory = shadow->memory, .store = shadow->runtime->store};
}

static void open_shadow(struct shadow *shadow, const struct requests *requests)
{
    struct workspace workspace;

    *shadow = (struct shadow){0};
    shadow_open(shadow, 1u << 20, "{}");
    shadow_ask(shadow, "{\"op\":\"import_begin\"}");
    shadow_ask_bytes(shadow, "{\"op\":\"import_batch\"}", requests->first.data, requests->first.size);
    shadow_ask(shadow, "{\"op\":\"import_end\"}");
    assert_false(shadow->refused);
    shadow->memory->wall += 5000;
    workspace = workspace_of(shadow);
    workspace_put(&workspace, "b", "mine\n");
    workspace_put(&workspace, "made", "mine\n");
}

/* Whether all was answered well. */
static bool refresh(struct shadow *shadow, const struct requests *requests)
{
    shadow_ask(shadow, "{\"op\":\"import_begin\",\"refresh\":true,\"exclude\":[\".git\"]}");
    if (!shadow->refused)
        shadow_ask_bytes(shadow, "{\"op\":\"import_list\"}", requests->list.data, requests->list.size);
    if (!shadow->refused)
        shadow_ask_bytes(shadow, "{\"op\":\"import_list\"}", requests->below.data, requests->below.size);
    if (!shadow->refused)
        shadow_ask_bytes(shadow, "{\"op\":\"import_batch\"}", requests->batch.data, requests->batch.size);
    if (!shadow->refused) shadow_ask(shadow, "{\"op\":\"import_end\"}");
    return !shadow->refused;
}

static void every_allocation_may_fail(void **state)
{
    struct requests requests = {0};
    struct shadow shadow;
    struct workspace workspace;
    char *before, *after, *now;
    bool reached = true, good;
    long n;

    (void)state;
    alloc_fail_json(true);
    make(&requests);
    open_shadow(&shadow, &requests);
    workspace = workspace_of(&shadow);
    before = workspace_dump_all(&workspace);
    assert_true(refresh(&shadow, &requests));
    after = workspace_dump_all(&workspace);
    assert_string_not_equal(before, after);
    assert_changes(&workspace, "modified b\nadded made\n");
    shadow_close(&shadow);
    for (n = 0; reached; n++) {
        open_shadow(&shadow, &requests);
        alloc_fail_at(n);
        good = refresh(&shadow, &requests);
        reached = alloc_has_failed();
        alloc_fail_at(-1);
        shadow_ask(&shadow, "{\"op\":\"import_cancel\"}");
        workspace = workspace_of(&shadow);
        now = workspace_dump_all(&workspace);
        if (good)
            assert_string_equal(now, after);
        else /* the last answer itself may be what could not be made */
            assert_true(strcmp(now, before) == 0 || strcmp(now, after) == 0);
        assert_false(st_in_transaction(shadow.runtime->store));
        free(now);
        shadow_close(&shadow);
    }
    assert_true(n > 100);
    free(before);
    free(after);
    buffer_free(&requests.first);
    buffer_free(&requests.list);
    buffer_free(&requests.below);
    buffer_free(&requests.batch);
    alloc_fail_json(false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_may_fail)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
