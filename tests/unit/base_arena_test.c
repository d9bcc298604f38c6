/* arena.h, memory.h. */
#include "reference.h"

#include "base/arena.h"

static void accounts_refuse_what_is_beyond_a_limit(void **state)
{
    struct memory_account above = {.limit = 1000}, account = {.above = &above, .limit = 600},
                          free_one = {.above = &above};
    void *first = memory_take(&account, 500), *second;

    assert_non_null(first);
    assert_int_equal(account.used, 500);
    assert_int_equal(above.used, 500);
    assert_null(memory_take(&account, 101));
    assert_true(account.refused);
    assert_false(above.refused);
    second = memory_take(&free_one, 500);
    assert_non_null(second);
    assert_null(memory_take(&free_one, 1));
    assert_true(above.refused);
    assert_int_equal(free_one.used, 500); /* nothing is kept of a refusal */
    assert_null(memory_take(&account, SIZE_MAX));
    first = memory_resize(&account, first, 500, 100);
    assert_int_equal(account.used, 100);
    assert_int_equal(above.used, 600);
    memset(first, 7, 100);
    assert_null(memory_resize(&account, first, 100, 601));
    first = memory_resize(&account, first, 100, 400);
    assert_int_equal(((unsigned char *)first)[99], 7);
    memory_give(&account, first, 400);
    memory_give(&free_one, second, 500);
    memory_give(&account, NULL, 30);
    assert_int_equal(above.used, 0);
    assert_int_equal(account.used, 0);
    first = memory_take(NULL, 0);
    assert_non_null(first);
    memory_give(NULL, first, 0);
}

/* Takes pieces of many sizes, and checks that none of them touches another. */
static void pieces_do_not_overlap(void **state)
{
    struct memory_account account = {.limit = 4u << 20};
    struct arena arena;
    unsigned char *pieces[500];
    size_t sizes[500], i, j;

    arena_init(&arena, &account);
    for (i = 0; i < 500; i++) {
        sizes[i] = reference_random(10) ? reference_random(200) : reference_random(20000);
        pieces[i] = arena_take(&arena, sizes[i]);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % 16, 0);
        memset(pieces[i], (int)(i & 0xff), sizes[i]);
    }
    for (i = 0; i < 500; i++)
        for (j = 0; j < sizes[i]; j++) assert_int_equal(pieces[i][j], i & 0xff);
    assert_true(account.used > 0);
    arena_free(&arena);
    assert_int_equal(account.used, 0);
}

static void a_mark_gives_back_what_came_after_it(void **state)
{
    struct memory_account account = {.limit = 0};
    struct arena arena;
    struct arena_mark start, mark;
    char *kept, *copy;
    size_t used, i;

    arena_init(&arena, &account);
    start = arena_mark(&arena);
    kept = arena_copy(&arena, "kept", 4);
    mark = arena_mark(&arena);
    for (i = 0; i < 100; i++) assert_non_null(arena_take(&arena, 1000));
    arena_release(&arena, mark);
    assert_string_equal(kept, "kept");
    copy = arena_take(&arena, 10); /* the same place again */
    assert_ptr_equal(copy, kept + 16);
    used = account.used;
    for (i = 0; i < 1000; i++) { /* a loop takes nothing new once it has been round */
        assert_non_null(arena_zero(&arena, 3000));
        assert_non_null(arena_zero(&arena, 3000));
        arena_release(&arena, mark);
        if (i == 0) used = account.used;
        assert_int_equal(account.used, used);
    }
    arena_release(&arena, start);
    assert_non_null(arena_take(&arena, 0));
    arena_free(&arena);
    assert_int_equal(account.used, 0);
}

static void the_last_piece_grows_in_its_place(void **state)
{
    struct arena arena;
    char *piece, *grown, *other;

    arena_init(&arena, NULL);
    piece = arena_take(&arena, 10);
    memcpy(piece, "0123456789", 10);
    grown = arena_grow(&arena, piece, 10, 1000);
    assert_ptr_equal(grown, piece);
    other = arena_take(&arena, 10);
    assert_true(other >= grown + 1000);
    grown = arena_grow(&arena, grown, 1000, 2000);
    assert_ptr_not_equal(grown, piece);
    assert_memory_equal(grown, "0123456789", 10);
    grown = arena_grow(&arena, grown, 2000, 100000);
    assert_memory_equal(grown, "0123456789", 10);
    assert_non_null(arena_grow(&arena, NULL, 0, 5));
    arena_free(&arena);
}

static void a_refusal_is_remembered_and_harms_nothing(void **state)
{
    struct memory_account account = {.limit = 10000};
    struct arena arena;
    char *kept;

    arena_init(&arena, &account);
    kept = arena_copy(&arena, "kept", 4);
    assert_null(arena_take(&arena, 20000));
    assert_true(arena.failed);
    arena.failed = false;
    assert_null(arena_take(&arena, SIZE_MAX));
    assert_null(arena_grow(&arena, kept, 5, SIZE_MAX - 20));
    assert_true(arena.failed);
    assert_null(arena_copy(&arena, "", 9999999));
    assert_string_equal(kept, "kept");
    assert_non_null(arena_take(&arena, 1000));
    arena_free(&arena);
    assert_int_equal(account.used, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accounts_refuse_what_is_beyond_a_limit),
        cmocka_unit_test(pieces_do_not_overlap),
        cmocka_unit_test(a_mark_gives_back_what_came_after_it),
        cmocka_unit_test(the_last_piece_grows_in_its_place),
        cmocka_unit_test(a_refusal_is_remembered_and_harms_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
