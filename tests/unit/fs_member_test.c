/* member.h: every name leads to a path inside the workspace, or nowhere. */
#include "fs/member.h"
#include "workspace.h"

static void names_lead_into_the_workspace_or_nowhere(void **state)
{
    static const struct {
        const char *name, *path; /* NULL: bad, "": the root */
    } cases[] = {
        {"a", "a"},
        {"a/b", "a/b"},
        {"./a//b/./c/", "a/b/c"},
        {"/etc/passwd", "etc/passwd"},
        {"///a", "a"},
        {"...", "..."},
        {"a..b/..c/d..", "a..b/..c/d.."},
        {"a\\..\\b", "a\\..\\b"},
        {"\xff", "\xff"},
        {".", ""},
        {"./", ""},
        {"/", ""},
        {"", NULL},
        {"..", NULL},
        {"../a", NULL},
        {"a/..", NULL},
        {"a/../b", NULL},
        {"/../a", NULL},
        {"./..", NULL},
    };
    struct buffer path = {0};
    size_t i;
    (void)state;

    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *reason = NULL;
        enum fs_member kind = fs_member_path(cases[i].name, strlen(cases[i].name), &path, &reason);
        if (cases[i].path == NULL) {
            assert_int_equal(kind, FS_MEMBER_BAD);
            assert_non_null(reason);
            continue;
        }
        assert_int_equal(kind, *cases[i].path ? FS_MEMBER_PATH : FS_MEMBER_ROOT);
        assert_string_equal(buffer_string(&path), cases[i].path);
    }
    {
        const char *reason = NULL;
        assert_int_equal(fs_member_path("a\0b", 3, &path, &reason), FS_MEMBER_BAD);
    }
    buffer_free(&path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(names_lead_into_the_workspace_or_nowhere)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
