/* hunks.h: some hunks of a difference alone. */
#include "store/hunks.h"
#include "workspace.h"

static size_t random_text(uint64_t *seed, char *text, uint32_t letters)
{
    uint32_t lines = test_random(seed) % 40, i;
    size_t size = 0;
    for (i = 0; i < lines; i++) {
        text[size++] = (char)('a' + test_random(seed) % letters);
        text[size++] = '\n';
    }
    return size && test_random(seed) % 3 == 0 ? size - 1 : size;
}

static void assert_text(const struct buffer *is, const char *text, size_t size)
{
    assert_int_equal(is->size, size);
    if (size) assert_memory_equal(is->data, text, size);
}

static struct diff compare(const char *old_text, size_t old_size, const char *new_text, size_t new_size)
{
    struct diff diff;
    struct error error;
    assert_int_equal(diff_compute(&diff, old_text, old_size, new_text, new_size, &error), 0);
    return diff;
}

static uint32_t changed_lines(const struct diff *diff)
{
    uint32_t i, count = 0;
    for (i = 0; i < diff->old.count; i++) count += diff->old.lines[i].changed;
    for (i = 0; i < diff->new.count; i++) count += diff->new.lines[i].changed;
    return count;
}

/* All make the new text, none the old; each hunk that is taken leaves less to be taken. */
static void random_selections_add_up(void **state)
{
    uint64_t seed = 5;
    int round;

    for (round = 0; round < 5000; round++) {
        char old_text[100], new_text[100];
        uint32_t letters = 2 + test_random(&seed) % 20, context = test_random(&seed) % 4, count, i;
        size_t old_size = random_text(&seed, old_text, letters);
        size_t new_size = random_text(&seed, new_text, letters);
        struct diff diff = compare(old_text, old_size, new_text, new_size), rest;
        struct buffer none = {0}, all = {0}, some = {0}, others = {0};
        bool taken[64] = {false};

        count = hunks_count(&diff, context);
        assert_true(count < 64);
        assert_int_equal(hunks_apply(&diff, context, taken, false, &none), 0);
        assert_int_equal(hunks_apply(&diff, context, taken, true, &all), 0);
        assert_text(&none, old_text, old_size);
        assert_text(&all, new_text, new_size);
        for (i = 0; i < count; i++) taken[i] = test_random(&seed) % 2;
        assert_int_equal(hunks_apply(&diff, context, taken, false, &some), 0);
        assert_int_equal(hunks_apply(&diff, context, taken, true, &others), 0);
        rest = compare(buffer_string(&some), some.size, new_text, new_size);
        assert_true(changed_lines(&rest) <= changed_lines(&diff));
        assert_true(count == 0 || !taken[0] || changed_lines(&rest) < changed_lines(&diff));
        assert_int_equal(some.size + others.size, old_size + new_size);
        diff_free(&rest);
        diff_free(&diff);
        buffer_free(&none);
        buffer_free(&all);
        buffer_free(&some);
        buffer_free(&others);
    }
}

static void assert_taken(const char *old_text, const char *new_text, uint32_t mask, const char *expected)
{
    struct diff diff = compare(old_text, strlen(old_text), new_text, strlen(new_text));
    struct buffer text = {0};
    bool taken[8];
    uint32_t i;
    for (i = 0; i < 8; i++) taken[i] = mask >> i & 1;
    assert_int_equal(hunks_apply(&diff, 0, taken, false, &text), 0);
    assert_string_equal(buffer_string(&text), expected);
    buffer_free(&text);
    diff_free(&diff);
}

static void single_hunks(void **state)
{
    assert_taken("a\nb\nc\n", "A\nb\nC\n", 1, "A\nb\nc\n");
    assert_taken("a\nb\nc\n", "A\nb\nC\n", 2, "a\nb\nC\n");
    assert_taken("a\nb\nc\n", "A\nb\nC\n", 3, "A\nb\nC\n");
    assert_taken("b\n", "a\nb\nc", 1, "a\nb\n");
    assert_taken("b\n", "a\nb\nc", 2, "b\nc");
    assert_taken("x\nb", "b\n", 1, "b\n");
    assert_taken("a\nb\nend", "b\nend\nmore", 1, "b\nend");
    assert_taken("a\nb\nend", "b\nend\nmore", 2, "a\nb\nend\nmore");
    assert_taken("", "a\n", 1, "a\n");
    assert_taken("a\n", "", 1, "");
}

static char *range_of(const char *old_text, const char *new_text)
{
    struct diff diff = compare(old_text, strlen(old_text), new_text, strlen(new_text));
    struct diff_hunk hunk = {0};
    struct buffer text = {0};
    while (diff_next_hunk(&diff, DIFF_CONTEXT, &hunk)) hunks_put_range(&text, &hunk);
    diff_free(&diff);
    return buffer_take(&text);
}

static void ranges_are_as_in_unified_diffs(void **state)
{
    static const struct {
        const char *old_text, *new_text, *range;
    } cases[] = {
        {"", "a\n", "-0,0 +1 @@"},
        {"a\n", "", "-1 +0,0 @@"},
        {"a\n", "b\n", "-1 +1 @@"},
        {"a\nb\nc\nd\ne\nf\n", "a\nb\nc\nd\ne\nF\n", "-3,4 +3,4 @@"},
        {"a\nb\n", "a\nb\nc\n", "-1,2 +1,3 @@"},
    };
    size_t i;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *range = range_of(cases[i].old_text, cases[i].new_text);
        assert_string_equal(range, cases[i].range);
        free(range);
    }
}

/* Where a group of lines could stand in several places, it stands where a person would put it. */
static void groups_stand_where_they_read_best(void **state)
{
    static const char old_text[] = "int a()\n{\n    x();\n}\n\nint c()\n{\n    x();\n}\n";
    static const char new_text[] =
        "int a()\n{\n    x();\n}\n\nint b()\n{\n    x();\n}\n\nint c()\n{\n    x();\n}\n";
    struct diff diff = compare(old_text, sizeof old_text - 1, new_text, sizeof new_text - 1);
    uint32_t i;
    for (i = 0; i < diff.new.count; i++) assert_int_equal(diff.new.lines[i].changed, i >= 5 && i < 10);
    diff_free(&diff);
}

/* A group that can stand beside a change of the other side makes one modification with it. */
static void groups_stand_beside_the_other_sides(void **state)
{
    static const char old_text[] = "a\na\nold\nend\n", new_text[] = "a\na\na\nnew\nend\n";
    struct diff diff = compare(old_text, sizeof old_text - 1, new_text, sizeof new_text - 1);
    assert_int_equal(hunks_count(&diff, 0), 1);
    diff_free(&diff);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_selections_add_up),
        cmocka_unit_test(single_hunks),
        cmocka_unit_test(ranges_are_as_in_unified_diffs),
        cmocka_unit_test(groups_stand_where_they_read_best),
        cmocka_unit_test(groups_stand_beside_the_other_sides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
