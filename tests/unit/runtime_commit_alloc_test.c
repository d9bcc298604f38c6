/* Each allocation of a commit and of its undoing fails once: whatever was refused then, the commit can be
 * undone after it, the base is what it was before and the head what it is. */
#include "failing_alloc.h"
#include "shadow.h"
#include "store/check.h"
#include "workspace.h"

struct setting {
    struct shadow shadow;
    struct workspace workspace;
    char id[40]; /* of n.txt's diff */
};

static void keep_id(struct shadow *shadow, const char *json, size_t length, const void *blob,
                    size_t blob_size)
{
    char *id = shadow->context;
    const char *found = length ? strstr(json, "\"id\":\"") : NULL;

    (void)blob;
    (void)blob_size;
    if (found && *id == '\0') snprintf(id, 33, "%s", found + 6);
}

static void open_setting(struct setting *setting)
{
    struct workspace *workspace = &setting->workspace;

    *setting = (struct setting){.shadow = {.on_answer = keep_id, .context = setting->id}};
    shadow_open(&setting->shadow, 1u << 20, "{}");
    workspace->memory = setting->shadow.memory;
    workspace->store = setting->shadow.runtime->store;
    workspace_put(workspace, "n.txt", "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n");
    workspace_put(workspace, "d/gone", "gone\n");
    workspace_put(workspace, "old", "moved\n");
    workspace_rebase(workspace);
    workspace_put(workspace, "n.txt", "x\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\ny\n");
    workspace_remove(workspace, "d/gone");
    workspace_move(workspace, "old", "new");
    shadow_ask(&setting->shadow, "{\"op\":\"diff\",\"path\":\"n.txt\"}");
    assert_int_equal(strlen(setting->id), 32);
}

/* Begins, takes all three steps, the last one first or not, and ends. */
static void run(struct shadow *shadow, const char *begin, bool backwards)
{
    int i;

    shadow_ask(shadow, begin);
    for (i = 0; i < 3; i++) {
        int step = backwards ? 2 - i : i;
        char text[80];
        snprintf(text, sizeof text, "{\"op\":\"read\",\"step\":%d,\"side\":\"%s\"}", step, i ? "new" : "old");
        shadow_ask(shadow, text);
        snprintf(text, sizeof text, "{\"op\":\"commit_step\",\"step\":%d,\"mtime\":%d}", step, 7 + i);
        shadow_ask(shadow, text);
    }
    shadow_ask(shadow, "{\"op\":\"commit_end\",\"left\":[]}");
}

static void commit(struct setting *setting)
{
    char begin[200];

    snprintf(
        begin, sizeof begin,
        "{\"op\":\"commit_begin\",\"paths\":[\"d/gone\",{\"path\":\"n.txt\",\"hunks\":[1],\"id\":\"%s\"},"
        "\"new\"]}",
        setting->id);
    run(&setting->shadow, begin, false);
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

static void assert_whole(struct store *store)
{
    struct st_check check;
    struct error error;

    assert_false(st_in_transaction(store));
    assert_int_equal(st_check_open(store, report, NULL, &check, &error), 0);
    assert_int_equal(check.problems, 0);
}

static void every_allocation_may_fail(void **state)
{
    static const char changes[] = "deleted d/gone\nmodified n.txt\nrenamed new from old\n";
    struct setting setting;
    struct shadow *shadow = &setting.shadow;
    bool reached = true;
    char *head, *now;
    long n;

    (void)state;
    alloc_fail_json(true);
    for (n = 0; reached; n++) {
        open_setting(&setting);
        assert_changes(&setting.workspace, changes);
        head = workspace_content(&setting.workspace, ST_HEAD, "n.txt");
        alloc_fail_at(n);
        commit(&setting);
        undo(shadow);
        shadow_ask(shadow, "{\"op\":\"commits\"}");
        shadow_ask(shadow, "{\"op\":\"checkpoints\"}");
        reached = alloc_has_failed();
        alloc_fail_at(-1);
        if (!reached) assert_false(shadow->refused);
        shadow_ask(shadow, "{\"op\":\"commit_end\"}");
        undo(shadow); /* what is left of it, if anything */
        assert_changes(&setting.workspace, changes);
        now = workspace_content(&setting.workspace, ST_HEAD, "n.txt");
        assert_string_equal(head, now);
        free(now);
        assert_whole(setting.workspace.store);
        free(head);
        shadow_close(shadow);
    }
    assert_true(n > 300);
    alloc_fail_json(false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_may_fail)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
