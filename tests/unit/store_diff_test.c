/* diff.h, against the longest common subsequence found the slow way. */
#include "store/diff.h"
#include "workspace.h"

/* How many lines of the longest common subsequence, by dynamic programming. */
static int slow_lcs(const char *a, int n, const char *b, int m)
{
    static int table[64][64];
    int i, j;
    for (i = 0; i <= n; i++)
        for (j = 0; j <= m; j++)
            table[i][j] = i == 0 || j == 0                    ? 0
                          : a[i - 1] == b[j - 1]              ? table[i - 1][j - 1] + 1
                          : table[i - 1][j] > table[i][j - 1] ? table[i - 1][j]
                                                              : table[i][j - 1];
    return table[n][m];
}

static size_t make_text(char *text, const char *lines, int count, bool ends)
{
    size_t size = 0;
    int i;
    for (i = 0; i < count; i++) {
        text[size++] = lines[i];
        text[size++] = '\n';
    }
    return ends || size == 0 ? size : size - 1;
}

/* The lines that are not marked are the same on both sides, in order; their number. */
static int check_common(const struct diff *diff)
{
    uint32_t x = 0, y = 0;
    int common = 0;
    for (;;) {
        while (x < diff->old.count && diff->old.lines[x].changed) x++;
        while (y < diff->new.count && diff->new.lines[y].changed) y++;
        if (x == diff->old.count || y == diff->new.count) break;
        assert_int_equal(diff->old.lines[x].length, diff->new.lines[y].length);
        assert_memory_equal(diff->old.lines[x].text, diff->new.lines[y].text, diff->old.lines[x].length);
        assert_int_equal(diff->old.lines[x].id, diff->new.lines[y].id);
        x++, y++, common++;
    }
    assert_int_equal(x, diff->old.count);
    assert_int_equal(y, diff->new.count);
    return common;
}

/* Hunks are in order, apart, cover all changes, and have the context that was asked for. */
static void check_hunks(const struct diff *diff, uint32_t context)
{
    struct diff_hunk hunk = {0};
    uint32_t x = 0, y = 0, i;

    while (diff_next_hunk(diff, context, &hunk)) {
        assert_true(hunk.old_count + hunk.new_count > 0);
        assert_int_equal(hunk.old_start - x, hunk.new_start - y);
        assert_true(hunk.old_start >= x);
        for (; x < hunk.old_start; x++, y++) {
            assert_false(diff->old.lines[x].changed);
            assert_false(diff->new.lines[y].changed);
        }
        for (i = 0; i < context && i < hunk.old_count && i < hunk.new_count; i++)
            if (diff->old.lines[hunk.old_start + i].changed || diff->new.lines[hunk.new_start + i].changed)
                break;
        assert_true(i == context || hunk.old_start == 0 || hunk.new_start == 0);
        x += hunk.old_count;
        y += hunk.new_count;
        assert_true(x <= diff->old.count && y <= diff->new.count);
    }
    for (; x < diff->old.count; x++) assert_false(diff->old.lines[x].changed);
    for (; y < diff->new.count; y++) assert_false(diff->new.lines[y].changed);
}

static void random_texts_have_minimal_differences(void **state)
{
    uint64_t seed = 99;
    int round;

    for (round = 0; round < 20000; round++) {
        char a[64], b[64], old_text[200], new_text[200];
        int n = (int)(test_random(&seed) % 24), m = (int)(test_random(&seed) % 24), i;
        uint32_t letters = 1 + test_random(&seed) % 5, context = test_random(&seed) % 4;
        size_t old_size, new_size;
        struct diff diff;
        struct error error;

        for (i = 0; i < n; i++) a[i] = (char)('a' + test_random(&seed) % letters);
        for (i = 0; i < m; i++) b[i] = (char)('a' + test_random(&seed) % letters);
        old_size = make_text(old_text, a, n, true);
        new_size = make_text(new_text, b, m, true);
        assert_int_equal(diff_compute(&diff, old_text, old_size, new_text, new_size, &error), 0);
        assert_int_equal(diff.old.count, n);
        assert_int_equal(diff.new.count, m);
        assert_int_equal(check_common(&diff), slow_lcs(a, n, b, m));
        check_hunks(&diff, context);
        diff_free(&diff);
    }
}

struct count {
    int hunks, old_changed, new_changed;
};

static struct count count_of(const char *old_text, const char *new_text, uint32_t context)
{
    struct diff diff;
    struct error error;
    struct diff_hunk hunk = {0};
    struct count count = {0};
    uint32_t i;

    assert_int_equal(diff_compute(&diff, old_text, strlen(old_text), new_text, strlen(new_text), &error), 0);
    for (i = 0; i < diff.old.count; i++) count.old_changed += diff.old.lines[i].changed;
    for (i = 0; i < diff.new.count; i++) count.new_changed += diff.new.lines[i].changed;
    while (diff_next_hunk(&diff, context, &hunk)) count.hunks++;
    check_common(&diff);
    check_hunks(&diff, context);
    diff_free(&diff);
    return count;
}

static void assert_count(struct count count, int hunks, int old_changed, int new_changed)
{
    assert_int_equal(count.hunks, hunks);
    assert_int_equal(count.old_changed, old_changed);
    assert_int_equal(count.new_changed, new_changed);
}

static void edges(void **state)
{
    assert_count(count_of("", "", 3), 0, 0, 0);
    assert_count(count_of("a\nb\n", "a\nb\n", 3), 0, 0, 0);
    assert_count(count_of("", "a\nb\n", 3), 1, 0, 2);
    assert_count(count_of("a\nb\n", "", 3), 1, 2, 0);
    assert_count(count_of("a\nb\n", "c\nd\ne\n", 3), 1, 2, 3);
    assert_count(count_of("a", "b", 0), 1, 1, 1);
}

static void a_missing_newline_at_the_end_is_a_difference(void **state)
{
    assert_count(count_of("a\nb", "a\nb\n", 3), 1, 1, 1);
    assert_count(count_of("a\nb", "a\nb", 3), 0, 0, 0);
    assert_count(count_of("a\nb", "a\nb\nc", 3), 1, 1, 2);
    assert_count(count_of("\n", "", 3), 1, 1, 0);
    assert_count(count_of("a\r\n", "a\n", 3), 1, 1, 1);
}

static void hunks_with_touching_contexts_are_one(void **state)
{
    const char *old_text = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
    assert_count(count_of(old_text, "x\n2\n3\n4\n5\n6\n7\n8\ny\n", 3), 2, 2, 2);
    assert_count(count_of(old_text, "x\n2\n3\n4\n5\n6\n7\ny\n9\n", 3), 1, 2, 2);
    assert_count(count_of(old_text, "x\n2\n3\n4\n5\n6\n7\n8\ny\n", 4), 1, 2, 2);
    assert_count(count_of(old_text, "x\n2\ny\n4\n5\n6\n7\n8\n9\n", 0), 2, 2, 2);
    assert_count(count_of(old_text, "x\ny\n3\n4\n5\n6\n7\n8\n9\n", 0), 1, 2, 2);
}

/* Past DIFF_EDIT_LIMIT the answer may be longer, but must be right and quick. */
static void large_differences_are_right(void **state)
{
    struct buffer old_text = {0}, new_text = {0};
    struct diff diff;
    struct error error;
    uint64_t seed = 3;
    int i, common;

    for (i = 0; i < 20000; i++) {
        buffer_printf(&old_text, "%u\n", test_random(&seed) % 500);
        buffer_printf(&new_text, "%u\n", test_random(&seed) % 500);
    }
    assert_int_equal(diff_compute(&diff, old_text.data, old_text.size, new_text.data, new_text.size, &error),
                     0);
    common = check_common(&diff);
    assert_true(common > 500);
    check_hunks(&diff, 3);
    diff_free(&diff);
    buffer_free(&old_text);
    buffer_free(&new_text);
}

static void one_line_inserted_into_a_large_text(void **state)
{
    struct buffer old_text = {0}, new_text = {0};
    int i;
    for (i = 0; i < 50000; i++) {
        buffer_printf(&old_text, "line %d\n", i / 2);
        if (i == 25000) buffer_put_string(&new_text, "here\n");
        if (i != 40000) buffer_printf(&new_text, "line %d\n", i / 2);
    }
    assert_count(count_of(old_text.data, new_text.data, 3), 2, 1, 1);
    buffer_free(&old_text);
    buffer_free(&new_text);
}

static void binary_is_what_has_a_nul_early(void **state)
{
    char text[9000];
    memset(text, 'x', sizeof text);
    assert_false(diff_is_binary(text, sizeof text));
    text[8000] = '\0';
    assert_false(diff_is_binary(text, sizeof text));
    text[7999] = '\0';
    assert_true(diff_is_binary(text, sizeof text));
    assert_false(diff_is_binary(text, 7999));
    assert_false(diff_is_binary("", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_texts_have_minimal_differences),
        cmocka_unit_test(edges),
        cmocka_unit_test(a_missing_newline_at_the_end_is_a_difference),
        cmocka_unit_test(hunks_with_touching_contexts_are_one),
        cmocka_unit_test(large_differences_are_right),
        cmocka_unit_test(one_line_inserted_into_a_large_text),
        cmocka_unit_test(binary_is_what_has_a_nul_early),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
