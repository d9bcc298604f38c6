/* Each allocation of a commit and of its undoing fails once: whatever was refused then, the commit can be
 * undone after it, the base is what it was before and the head what it is. */
#include "failing_alloc.h"
#include "runtime/runtime.h"
#include "store/check.h"
#include "workspace.h"

struct shadow {
    struct workspace workspace;
    struct umbra_host host;
    struct umbra *runtime;
    bool refused; /* an answer was an error since it was set to false */
    char id[40];  /* of n.txt's diff */
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
    const char *found = length ? strstr(json, "\"id\":\"") : NULL;

    (void)context;
    (void)id;
    (void)blob;
    (void)blob_size;
    if (length < 6 || strncmp(json, "{\"ok\":", 6) != 0) current->refused = true;
    if (found && *current->id == '\0') snprintf(current->id, 33, "%s", found + 6);
}

static void on_emit(void *context, const char *json, size_t length)
{
    (void)context;
    (void)json;
    (void)length;
}

static void ask(struct shadow *shadow, const char *json)
{
    umbra_submit(shadow->runtime, 1, json, strlen(json), NULL, 0);
}

static void open_shadow(struct shadow *shadow)
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
    workspace_put(&shadow->workspace, "n.txt", "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n");
    workspace_put(&shadow->workspace, "d/gone", "gone\n");
    workspace_put(&shadow->workspace, "old", "moved\n");
    workspace_rebase(&shadow->workspace);
    workspace_put(&shadow->workspace, "n.txt", "x\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\ny\n");
    workspace_remove(&shadow->workspace, "d/gone");
    workspace_move(&shadow->workspace, "old", "new");
    ask(shadow, "{\"op\":\"diff\",\"path\":\"n.txt\"}");
    assert_int_equal(strlen(shadow->id), 32);
}

static void close_shadow(struct shadow *shadow)
{
    umbra_close(shadow->runtime);
    memory_host_free(shadow->workspace.memory);
}

/* Begins, takes all three steps, the last one first or not, and ends. */
static void run(struct shadow *shadow, const char *begin, bool backwards)
{
    int i;

    ask(shadow, begin);
    for (i = 0; i < 3; i++) {
        int step = backwards ? 2 - i : i;
        char text[80];
        snprintf(text, sizeof text, "{\"op\":\"read\",\"step\":%d,\"side\":\"%s\"}", step, i ? "new" : "old");
        ask(shadow, text);
        snprintf(text, sizeof text, "{\"op\":\"commit_step\",\"step\":%d,\"mtime\":%d}", step, 7 + i);
        ask(shadow, text);
    }
    ask(shadow, "{\"op\":\"commit_end\",\"left\":[]}");
}

static void commit(struct shadow *shadow)
{
    char begin[200];

    snprintf(
        begin, sizeof begin,
        "{\"op\":\"commit_begin\",\"paths\":[\"d/gone\",{\"path\":\"n.txt\",\"hunks\":[1],\"id\":\"%s\"},"
        "\"new\"]}",
        shadow->id);
    run(shadow, begin, false);
}

static void undo(struct shadow *shadow)
{
    run(shadow, "{\"op\":\"undo_begin\"}", true);
}

static void report(void *context, const char *sentence)
{
    (void)context;
    print_error("%s\n", sentence);
}

static void assert_whole(struct shadow *shadow)
{
    struct st_check check;
    struct error error;

    assert_false(st_in_transaction(shadow->workspace.store));
    assert_int_equal(st_check_open(shadow->workspace.store, report, NULL, &check, &error), 0);
    assert_int_equal(check.problems, 0);
}

static void every_allocation_may_fail(void **state)
{
    cJSON_Hooks hooks = {take_memory, give_memory};
    static const char changes[] = "deleted d/gone\nmodified n.txt\nrenamed new from old\n";
    struct shadow shadow;
    bool reached = true;
    char *head, *now;
    long n;

    (void)state;
    cJSON_InitHooks(&hooks);
    for (n = 0; reached; n++) {
        open_shadow(&shadow);
        assert_changes(&shadow.workspace, changes);
        head = workspace_content(&shadow.workspace, ST_HEAD, "n.txt");
        alloc_fail_at(n);
        commit(&shadow);
        undo(&shadow);
        ask(&shadow, "{\"op\":\"commits\"}");
        ask(&shadow, "{\"op\":\"checkpoints\"}");
        reached = alloc_has_failed();
        alloc_fail_at(-1);
        if (!reached) assert_false(shadow.refused);
        ask(&shadow, "{\"op\":\"commit_end\"}");
        undo(&shadow); /* what is left of it, if anything */
        assert_changes(&shadow.workspace, changes);
        now = workspace_content(&shadow.workspace, ST_HEAD, "n.txt");
        assert_string_equal(head, now);
        free(now);
        assert_whole(&shadow);
        free(head);
        close_shadow(&shadow);
    }
    assert_true(n > 300);
    cJSON_InitHooks(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_may_fail)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
