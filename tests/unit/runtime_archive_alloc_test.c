/* Each allocation of the import of an archive, and of an export, fails once: the workspace is as it was or as
 * with memory enough, and an export that is called whole is whole. */
#include "failing_alloc.h"
#include "shadow.h"
#include "tar_maker.h"

/* What export_next answered. */
static struct buffer exported;

/* Keeps the bytes of an export in memory that there was before anything fails. */
static void keep_bytes(struct shadow *shadow, const char *json, size_t length, const void *blob,
                       size_t blob_size)
{
    (void)shadow;
    (void)json;
    (void)length;
    if (blob_size && exported.capacity - exported.size > blob_size) buffer_put(&exported, blob, blob_size);
}

/* Once an answer was an error, nothing further is asked. */
static void ask(struct shadow *shadow, const char *json, const void *bytes, size_t size)
{
    if (!shadow->refused) shadow_ask_bytes(shadow, json, bytes, size);
}

static void make(struct buffer *archive)
{
    tar_add_extended(archive, 'g', "mtime=5");
    tar_add(archive, "d/", '5', "", "", 0);
    tar_add_extended(archive, 'x', "path=d/\xc3\xa4\nmtime=1.5");
    tar_add_text(archive, "ae", "text\n");
    tar_add_text(archive, "a", "text\n");
    tar_add(archive, "link", '2', "d/x", "", 0);
    tar_add(archive, "hard", '1', "a", "", 0);
    tar_add(archive, "long", 'L', "", "long/name/of/GNU", 16);
    tar_add_text(archive, "short", "text\n");
    tar_add_text(archive, "../out", "text\n");
    tar_add_text(archive, ".git/config", "text\n");
    tar_add_text(archive, "mine", "theirs\n");
    fs_tar_put_end(archive);
}

static void open_shadow(struct shadow *shadow)
{
    struct workspace workspace;

    *shadow = (struct shadow){.on_answer = keep_bytes};
    shadow_open(shadow, 4u << 20, "{}");
    workspace = (struct workspace){.memory = shadow->memory, .store = shadow->runtime->store};
    workspace_put(&workspace, "mine", "mine\n");
    workspace_put(&workspace, "a", "mine\n");
    workspace_put(&workspace, "caf\xc3\xa9/b", "mine\n");
    workspace_link(&workspace, "d", "caf\xc3\xa9");
}

static bool take_in(struct shadow *shadow, const struct buffer *archive, const char *how)
{
    size_t at;

    ask(shadow, how, NULL, 0);
    for (at = 0; at < archive->size; at += 3000)
        ask(shadow, "{\"op\":\"import_tar\"}", archive->data + at,
            archive->size - at < 3000 ? archive->size - at : 3000);
    ask(shadow, "{\"op\":\"import_end\"}", NULL, 0);
    return !shadow->refused;
}

/* The two trees; checkpoints come and go. */
static char *dump(struct shadow *shadow)
{
    struct buffer text = {0};
    struct workspace workspace = {.memory = shadow->memory, .store = shadow->runtime->store};
    char *head = workspace_dump(&workspace, ST_HEAD), *base = workspace_dump(&workspace, ST_BASE);

    buffer_printf(&text, "%s\n%s", head, base);
    free(head);
    free(base);
    return buffer_take(&text);
}

static void try_import(const char *how)
{
    struct buffer archive = {0};
    struct shadow shadow;
    char *before, *after, *now;
    bool reached = true, good;
    long n;

    make(&archive);
    open_shadow(&shadow);
    before = dump(&shadow);
    assert_true(take_in(&shadow, &archive, how));
    after = dump(&shadow);
    assert_string_not_equal(before, after);
    shadow_close(&shadow);
    for (n = 0; reached; n++) {
        open_shadow(&shadow);
        alloc_fail_at(n);
        good = take_in(&shadow, &archive, how);
        reached = alloc_has_failed();
        alloc_fail_at(-1);
        shadow.refused = false;
        ask(&shadow, "{\"op\":\"import_cancel\"}", NULL, 0);
        now = dump(&shadow);
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
    buffer_free(&archive);
}

static bool give_out(struct shadow *shadow, const char *how)
{
    unsigned i;

    exported.size = 0;
    ask(shadow, how, NULL, 0);
    for (i = 0; i < 1000 && !shadow->refused && !shadow->done; i++)
        ask(shadow, "{\"op\":\"export_next\",\"length\":600}", NULL, 0);
    return shadow->done && !shadow->refused;
}

static void try_export(const char *how)
{
    struct buffer whole = {0};
    struct shadow shadow;
    bool reached = true;
    long n;

    open_shadow(&shadow);
    assert_true(give_out(&shadow, how));
    buffer_put(&whole, exported.data, exported.size);
    assert_true(whole.size > 100);
    for (n = 0; reached; n++) {
        bool good;
        alloc_fail_at(n);
        good = give_out(&shadow, how);
        reached = alloc_has_failed();
        alloc_fail_at(-1);
        if (good) {
            assert_int_equal(exported.size, whole.size);
            assert_memory_equal(exported.data, whole.data, whole.size);
        }
        shadow.refused = false;
        ask(&shadow, "{\"op\":\"export_end\"}", NULL, 0);
        assert_false(shadow.refused);
    }
    assert_true(n > 20);
    shadow_close(&shadow);
    buffer_free(&whole);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    assert_int_equal(buffer_reserve(&exported, 1u << 17), 0);
    alloc_fail_json(true);
    try_import("{\"op\":\"import_begin\",\"archive\":true,\"discardChanges\":true,\"exclude\":[\".git\"]}");
    try_import("{\"op\":\"import_begin\",\"archive\":true,\"asChanges\":true}");
    try_export("{\"op\":\"export_begin\"}");
    try_export("{\"op\":\"export_begin\",\"format\":\"entries\"}");
    alloc_fail_json(false);
    buffer_free(&exported);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_may_fail)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
