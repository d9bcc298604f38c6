/* changes.h, hunks.h, patch.h: each allocation fails once: no crash, no leak, and a sentence; of settling
 * changes, the workspace is what it was before the step that failed or after it. */
#include "failing_alloc.h"
#include "fs/path.h"
#include "store/changes.h"
#include "store/hunks.h"
#include "store/patch.h"
#include "workspace.h"

#define STEPS 12

static int write_one(struct workspace *workspace, const char *path, const char *text)
{
    return fs_write_file(workspace->store, ST_HEAD, path, strlen(path), text, strlen(text), 5, NULL,
                         &workspace->error);
}

static uint32_t ino_of(struct workspace *workspace, const char *path)
{
    uint32_t ino = 0;
    struct error error;
    return fs_resolve(workspace->store, ST_HEAD, path, strlen(path), FS_NO_FOLLOW, &ino, &error) < 0 ? 0
                                                                                                     : ino;
}

static int settle(struct workspace *workspace, bool accept)
{
    struct st_changes changes;
    int result = st_list_changes(workspace->store, ST_BASE, ST_HEAD, NULL, &changes, &workspace->error);
    size_t i;
    for (i = 0; i < changes.count && result == 0; i++)
        result = (accept ? st_accept_change : st_discard_change)(workspace->store, &changes.items[i],
                                                                 &workspace->error);
    st_free_changes(&changes);
    return result;
}

/* What one step does within its transaction. */
static int work(struct workspace *workspace, int step)
{
    struct store *store = workspace->store;
    struct error *error = &workspace->error;
    int result = 0, i;

    switch (step) {
    case 0:
        for (i = 0; i < 40 && result == 0; i++) {
            char path[20];
            snprintf(path, sizeof path, "d%d/f%d", i % 3, i);
            result = write_one(workspace, path, "content");
        }
        return result;
    case 1:
        return st_rebase(store, error);
    case 2:
        return write_one(workspace, "d0/f0", "changed");
    case 3:
        return st_rename(store, ST_HEAD, ino_of(workspace, "d1"), ST_ROOT_INO, "moved", 5, error);
    case 4:
        for (i = 0; i < 70 && result == 0; i++)
            result = st_append(store, ST_HEAD, ino_of(workspace, "d0/f3"), "line\n", 5, error);
        return result;
    case 5:
        return st_remove(store, ST_HEAD, ino_of(workspace, "d2/f2"), error);
    case 6:
        return settle(workspace, true);
    case 7:
        result = write_one(workspace, "new/a", "1");
        return result < 0 ? result
                          : st_rename(store, ST_HEAD, ino_of(workspace, "d0"), ino_of(workspace, "new"), "in",
                                      2, error);
    case 8:
        return settle(workspace, false);
    case 9:
        return st_clear(store, error);
    case 10:
        return write_one(workspace, "x", "y");
    default:
        return st_set_mode(store, ST_HEAD, ino_of(workspace, "x"), 0600, error);
    }
}

/* 0, or the result of the step that failed, which was rolled back. */
static int run_step(struct workspace *workspace, int step)
{
    uint32_t id;
    int result = st_begin(workspace->store, &workspace->error);

    if (result == 0) {
        result = work(workspace, step);
        if (result == 0)
            result = step % 2 ? st_commit(workspace->store, &workspace->error)
                              : st_commit_lazy(workspace->store, &workspace->error);
        else
            st_rollback(workspace->store);
    }
    if (result == 0 && step % 4 == 0)
        st_checkpoint(workspace->store, "c", true, step, &id, &workspace->error);
    return result;
}

static char *trees(struct workspace *workspace)
{
    char *head = workspace_dump(workspace, ST_HEAD), *base = workspace_dump(workspace, ST_BASE), *both;
    both = malloc(strlen(head) + strlen(base) + 2);
    sprintf(both, "%s\n%s", head, base);
    free(head);
    free(base);
    return both;
}

static void every_allocation_of_a_transaction_may_fail(void **state)
{
    int step;
    long n, total = 0;

    for (step = 0; step < STEPS; step++) {
        for (n = 0;; n++) {
            struct workspace workspace;
            char *before, *after, *again;
            int i, result;
            bool failed;

            workspace_open(&workspace, 1u << 20);
            for (i = 0; i < step; i++) assert_ok(&workspace, run_step(&workspace, i));
            before = trees(&workspace);
            alloc_fail_at(n);
            result = run_step(&workspace, step);
            failed = alloc_has_failed();
            alloc_fail_at(-1);
            after = trees(&workspace);
            if (result < 0) {
                assert_true(failed);
                assert_int_equal(result, UMBRA_ENOMEM);
                assert_int_equal(workspace.error.code, UMBRA_ENOMEM);
                assert_string_equal(before, after);
            }
            assert_false(st_in_transaction(workspace.store));
            workspace_reopen(&workspace);
            again = trees(&workspace);
            assert_string_equal(after, again);
            for (i = result < 0 ? step : step + 1; i < STEPS; i++)
                assert_ok(&workspace, run_step(&workspace, i));
            workspace_close(&workspace);
            free(before);
            free(after);
            free(again);
            total++;
            if (!failed) break;
        }
    }
    assert_true(total > 300);
}

static void every_allocation_of_listing_may_fail(void **state)
{
    struct workspace workspace;
    struct st_changes changes;
    long n;
    int i, result;
    bool failed;

    workspace_open(&workspace, 1u << 20);
    for (i = 0; i < 6; i++) assert_ok(&workspace, run_step(&workspace, i));
    workspace_put(&workspace, "d0/other", "renamed\nby\nits\ncontent\n"); /* all ways of finding renames */
    workspace_put(&workspace, "d0/like", "renamed\nby\nits\nlikeness\nto\nanother\n");
    workspace_rebase(&workspace);
    workspace_remove(&workspace, "d0/other");
    workspace_remove(&workspace, "d0/like");
    workspace_move(&workspace, "d0/f3", "d0/moved");
    workspace_put(&workspace, "d0/moved", "and modified\n");
    workspace_put(&workspace, "other", "renamed\nby\nits\ncontent\n");
    workspace_put(&workspace, "likely", "renamed\nby\nits\nlikeness\nto\none\n");
    for (n = 0, failed = true; failed; n++) {
        alloc_fail_at(n);
        result = st_list_changes(workspace.store, ST_BASE, ST_HEAD, NULL, &changes, &workspace.error);
        failed = alloc_has_failed();
        alloc_fail_at(-1);
        assert_int_equal(result, failed ? UMBRA_ENOMEM : 0);
        assert_int_equal(changes.count > 0, !failed);
        st_free_changes(&changes);
    }
    assert_true(n > 10);
    workspace_close(&workspace);
}

static void every_allocation_of_comparing_may_fail(void **state)
{
    struct diff diff;
    struct error error;
    bool failed = true;
    long n;
    for (n = 0; failed; n++) {
        int result;
        alloc_fail_at(n);
        result = diff_compute(&diff, "a\nb\n", 4, "a\nc\n", 4, &error);
        failed = alloc_has_failed();
        alloc_fail_at(-1);
        assert_int_equal(result, failed ? UMBRA_ENOMEM : 0);
        diff_free(&diff);
    }
    assert_int_equal(n, 7);
}

static void every_allocation_of_a_patch_may_fail(void **state)
{
    static const bool taken[] = {true, false};
    struct st_change change = {.kind = ST_MODIFIED,
                               .old_type = ST_FILE,
                               .new_type = ST_SYMLINK,
                               .old_ino = 1,
                               .new_ino = 2,
                               .path = "odd \"name"};
    struct patch_content content = {.old_text = "a\nb\n", .new_text = "c\n", .old_size = 4, .new_size = 2};
    struct error error;
    bool failed = true;
    long n;
    for (n = 0; failed; n++) {
        struct buffer out = {0};
        int result;
        alloc_fail_at(n);
        result = patch_put(&out, &change, &content, &error);
        failed = alloc_has_failed();
        alloc_fail_at(-1);
        assert_int_equal(result, failed ? UMBRA_ENOMEM : 0);
        buffer_free(&out);
    }
    assert_true(n > 10);
    for (n = 0, failed = true; failed; n++) {
        struct buffer out = {0};
        struct diff diff;
        int result;
        assert_int_equal(diff_compute(&diff, "a\nb\nc\n", 6, "A\nb\nC\n", 6, &error), 0);
        alloc_fail_at(n);
        result = hunks_apply(&diff, 0, taken, false, &out);
        failed = alloc_has_failed();
        alloc_fail_at(-1);
        assert_int_equal(result, failed ? UMBRA_ENOMEM : 0);
        buffer_free(&out);
        diff_free(&diff);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_of_a_transaction_may_fail),
        cmocka_unit_test(every_allocation_of_listing_may_fail),
        cmocka_unit_test(every_allocation_of_comparing_may_fail),
        cmocka_unit_test(every_allocation_of_a_patch_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
