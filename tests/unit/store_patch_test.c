/* patch.h: changes in git's extended patch format. That programs take such patches is
 * tests/cli/patch.test.mjs's. */
#include "store/patch.h"
#include "workspace.h"

static void assert_patch(const struct st_change *change, const char *old_text, const char *new_text,
                         const char *expected)
{
    struct patch_content content = {.old_text = old_text,
                                    .new_text = new_text,
                                    .old_size = old_text ? strlen(old_text) : 0,
                                    .new_size = new_text ? strlen(new_text) : 0};
    struct buffer out = {0};
    struct error error;
    assert_int_equal(patch_put(&out, change, &content, &error), 0);
    assert_string_equal(buffer_string(&out), expected);
    buffer_free(&out);
}

static const struct st_change modified = {.kind = ST_MODIFIED,
                                          .old_type = ST_FILE,
                                          .new_type = ST_FILE,
                                          .old_mode = 0644,
                                          .new_mode = 0644,
                                          .old_ino = 1,
                                          .new_ino = 1,
                                          .path = "a"};

static void each_kind(void **state)
{
    struct st_change change = modified;

    assert_patch(&change, "1\n2\n", "1\n3\n",
                 "diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1,2 +1,2 @@\n 1\n-2\n+3\n");
    change.new_mode = 0755;
    assert_patch(
        &change, "1\n", "2",
        "diff --git a/a b/a\nold mode 100644\nnew mode 100755\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n-1\n+2\n"
        "\\ No newline at end of file\n");
    change.kind = ST_MODE;
    assert_patch(&change, "", "", "diff --git a/a b/a\nold mode 100644\nnew mode 100755\n");
    change.new_mode = 0600; /* which git does not know */
    assert_patch(&change, "", "", "diff --git a/a b/a\nold mode 100644\nnew mode 100600\n");

    change = modified;
    change.kind = ST_ADDED;
    change.old_ino = 0;
    change.new_mode = 0664;
    assert_patch(&change, "", "1\n",
                 "diff --git a/a b/a\nnew file mode 100644\n--- /dev/null\n+++ b/a\n@@ -0,0 +1 @@\n+1\n");
    assert_patch(&change, "", "", "diff --git a/a b/a\nnew file mode 100644\nindex 0000000..e69de29\n");

    change = modified;
    change.kind = ST_DELETED;
    change.new_ino = 0;
    assert_patch(&change, "1", "",
                 "diff --git a/a b/a\ndeleted file mode 100644\n--- a/a\n+++ /dev/null\n@@ -1 +0,0 @@\n-1\n"
                 "\\ No newline at end of file\n");

    change = modified;
    change.kind = ST_RENAMED;
    change.from = "b c";
    change.similarity = 66;
    assert_patch(
        &change, "1\n", "2\n",
        "diff --git a/b c b/a\nsimilarity index 66%\nrename from b c\nrename to a\n--- a/b c\t\n+++ b/a\n"
        "@@ -1 +1 @@\n-1\n+2\n");
    change.similarity = 100;
    assert_patch(&change, "1\n", "1\n",
                 "diff --git a/b c b/a\nsimilarity index 100%\nrename from b c\nrename to a\n");
}

static void a_file_that_became_a_link_goes_and_comes(void **state)
{
    struct st_change change = modified;
    change.new_type = ST_SYMLINK;
    change.new_mode = 0777;
    assert_patch(&change, "1\n", "to",
                 "diff --git a/a b/a\ndeleted file mode 100644\n--- a/a\n+++ /dev/null\n@@ -1 +0,0 @@\n-1\n"
                 "diff --git a/a b/a\nnew file mode 120000\n--- /dev/null\n+++ b/a\n@@ -0,0 +1 @@\n+to\n"
                 "\\ No newline at end of file\n");
}

static void what_has_no_lines_is_named(void **state)
{
    struct patch_content content = {.old_text = "\0a", .new_text = "b", .old_size = 2, .new_size = 1};
    struct buffer out = {0};
    struct error error;

    assert_int_equal(patch_put(&out, &modified, &content, &error), 0);
    assert_string_equal(out.data, "diff --git a/a b/a\nBinary files a/a and b/a differ\n");
    buffer_clear(&out);
    content = (struct patch_content){.too_large = true};
    assert_int_equal(patch_put(&out, &modified, &content, &error), 0);
    assert_string_equal(out.data,
                        "diff --git a/a b/a\nFiles a/a and b/a differ and are too large to compare\n");
    buffer_free(&out);
}

static void odd_names_are_quoted(void **state)
{
    static const char *const cases[][2] = {
        {"plain name-1.c", "a/plain name-1.c"},
        {"tab\there", "\"a/tab\\there\""},
        {"q\"b\\", "\"a/q\\\"b\\\\\""},
        {"\xc3\xbc\x01\x7f", "\"a/\\303\\274\\001\\177\""},
        {"\a\b\n\v\f\r", "\"a/\\a\\b\\n\\v\\f\\r\""},
    };
    size_t i;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buffer out = {0};
        patch_put_name(&out, "a/", cases[i][0]);
        assert_string_equal(buffer_string(&out), cases[i][1]);
        buffer_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind),
        cmocka_unit_test(a_file_that_became_a_link_goes_and_comes),
        cmocka_unit_test(what_has_no_lines_is_named),
        cmocka_unit_test(odd_names_are_quoted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
