/* A view of a tree: it shows what was there when it began, whatever is changed, compacted or taken back
 * meanwhile, and leaves no trace in the image. */
#include "workspace.h"

static int setup(void **state)
{
    struct workspace *workspace = calloc(1, sizeof *workspace);
    workspace_open(workspace, WORKSPACE_BYTES);
    *state = workspace;
    return 0;
}

static int teardown(void **state)
{
    workspace_close(*state);
    free(*state);
    return 0;
}

static void fill(struct workspace *workspace, char letter)
{
    char path[32], data[20000];
    int i;

    memset(data, letter, sizeof data);
    for (i = 0; i < 40; i++) {
        snprintf(path, sizeof path, "d%d/f%d", i % 5, i);
        snprintf(data, sizeof data, "%d of its own", i);
        workspace_put_bytes(workspace, path, data, sizeof data);
    }
}

static void a_view_stays_as_it_was(void **state)
{
    struct workspace *workspace = *state;
    char *before, *now;
    int round;

    fill(workspace, 'a');
    before = workspace_dump(workspace, ST_HEAD);
    assert_ok(workspace, st_begin_view(workspace->store, ST_HEAD, &workspace->error));
    assert_int_equal(st_begin_view(workspace->store, ST_HEAD, &workspace->error), UMBRA_EBUSY);
    for (round = 0; round < 40; round++) { /* much more than the image has room for */
        if (round == 10) workspace_rebase(workspace);
        if (round == 20) {
            assert_ok(workspace, st_begin(workspace->store, &workspace->error));
            assert_ok(workspace, st_clear(workspace->store, &workspace->error));
            assert_int_equal(st_begin_view(workspace->store, ST_HEAD, NULL), UMBRA_EBUSY);
            st_rollback(workspace->store);
        }
        if (round == 30) {
            assert_ok(workspace, st_begin(workspace->store, &workspace->error));
            assert_ok(workspace, st_clear(workspace->store, &workspace->error));
            assert_ok(workspace, st_commit(workspace->store, &workspace->error));
        }
        fill(workspace, (char)('b' + round % 20));
        while (st_maintain(workspace->store, NULL) > 0) continue;
        now = workspace_dump(workspace, ST_VIEW);
        assert_string_equal(now, before);
        free(now);
    }
    st_end_view(workspace->store);
    free(before);
    assert_ok(workspace, st_begin_view(workspace->store, ST_BASE, &workspace->error));
}

static void a_view_leaves_no_trace(void **state)
{
    struct workspace *workspace = *state;
    struct st_usage before, after;
    struct st_info info;
    char *all, *again;

    fill(workspace, 'a');
    st_usage(workspace->store, &before);
    assert_ok(workspace, st_begin_view(workspace->store, ST_HEAD, &workspace->error));
    st_usage(workspace->store, &after);
    assert_int_equal(before.written, after.written);
    workspace_remove(workspace, "d1/f1");
    all = workspace_dump_all(workspace);
    workspace_reopen(workspace); /* with the view still there */
    again = workspace_dump_all(workspace);
    assert_string_equal(all, again);
    assert_int_equal(st_info(workspace->store, ST_VIEW, ST_ROOT_INO, &info), UMBRA_ENOENT);
    free(all);
    free(again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_view_stays_as_it_was, setup, teardown),
        cmocka_unit_test_setup_teardown(a_view_leaves_no_trace, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
