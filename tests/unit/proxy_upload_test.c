/* upstream/upload: what goes in comes out, in order and whole, however the pieces are cut; no more is held
 * than the limit; either side waits for the other and is told; what was taken can be taken again until it is
 * dropped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "upstream/upload.h"

enum { LIMIT = 1000, WHOLE = 20000 };

struct sides {
    struct px_loop loop;
    struct px_upload upload;
    int room, more; /* how often each was told */
};

static void on_room(struct px_task *task)
{
    ((struct sides *)task->owner)->room++;
}

static void on_more(struct px_task *task)
{
    ((struct sides *)task->owner)->more++;
}

static void begin(struct sides *sides)
{
    *sides = (struct sides){0};
    assert_int_equal(px_loop_open(&sides->loop, NULL), 0);
    px_upload_open(&sides->upload, &sides->loop, LIMIT, WHOLE);
    sides->upload.room = (struct px_task){.run = on_room, .owner = sides};
    sides->upload.more = (struct px_task){.run = on_more, .owner = sides};
}

static void end(struct sides *sides)
{
    px_upload_close(&sides->upload);
    px_loop_close(&sides->loop);
}

static void turn(struct sides *sides)
{
    assert_int_equal(px_loop_run(&sides->loop, 0, NULL), 0);
}

static size_t put(struct sides *sides, const char *data, size_t size)
{
    bool failed = true;
    size_t n = px_upload_put(&sides->upload, data, size, &failed);
    assert_false(failed);
    assert_true(sides->upload.size <= LIMIT);
    return n;
}

static void test_pieces(void **state)
{
    (void)state;
    static char in[WHOLE], out[WHOLE];
    unsigned seed = 7;
    for (size_t i = 0; i < WHOLE; i++) in[i] = (char)(i * 31 + i / 251);
    for (int round = 0; round < 200; round++) {
        struct sides sides;
        size_t sent = 0, got = 0;
        begin(&sides);
        while (got < WHOLE) {
            size_t most = 1 + (size_t)rand_r(&seed) % (round % 2 ? 3000 : 40);
            if (rand_r(&seed) % 2 && sent < WHOLE && !sides.upload.full) {
                size_t piece = most < WHOLE - sent ? most : WHOLE - sent, n = put(&sides, in + sent, piece);
                assert_int_equal(sides.upload.full, n < piece);
                sent += n;
            } else {
                got += px_upload_take(&sides.upload, out + got, most < WHOLE - got ? most : WHOLE - got);
            }
            turn(&sides);
            if (sent == WHOLE && !sides.upload.ended) px_upload_end(&sides.upload);
        }
        assert_memory_equal(in, out, WHOLE);
        assert_int_equal(px_upload_take(&sides.upload, out, 1), 0);
        assert_true(sides.upload.ended && !sides.upload.starved);
        end(&sides);
    }
}

static void test_who_waits_is_told(void **state)
{
    (void)state;
    struct sides sides;
    char bytes[2 * LIMIT] = {0};
    begin(&sides);
    assert_int_equal(px_upload_take(&sides.upload, bytes, 10), 0);
    turn(&sides);
    assert_int_equal(sides.more, 0);
    assert_int_equal(put(&sides, bytes, 10), 10);
    turn(&sides);
    assert_int_equal(sides.more, 1);
    assert_int_equal(put(&sides, bytes, sizeof bytes), LIMIT - 10);
    assert_int_equal(px_upload_take(&sides.upload, bytes, LIMIT / 4), LIMIT / 4);
    turn(&sides);
    assert_int_equal(sides.room, 0); /* not for every little hole */
    assert_int_equal(px_upload_take(&sides.upload, bytes, LIMIT / 4), LIMIT / 4);
    turn(&sides);
    assert_int_equal(sides.room, 1);
    assert_int_equal(px_upload_take(&sides.upload, bytes, sizeof bytes), LIMIT / 2);
    assert_int_equal(px_upload_take(&sides.upload, bytes, 1), 0);
    px_upload_end(&sides.upload);
    turn(&sides);
    assert_int_equal(sides.more, 2);
    end(&sides);
}

static void test_again_from_the_beginning(void **state)
{
    (void)state;
    struct sides sides;
    char bytes[LIMIT] = {0}, one = 'x';
    begin(&sides);
    assert_int_equal(put(&sides, "abc", 3), 3);
    assert_int_equal(px_upload_take(&sides.upload, bytes, 2), 2);
    assert_true(px_upload_rewind(&sides.upload));
    assert_int_equal(px_upload_take(&sides.upload, bytes, 9), 3);
    assert_memory_equal(bytes, "abc", 3);
    assert_int_equal(put(&sides, bytes, LIMIT - 3), LIMIT - 3);
    assert_true(px_upload_rewind(&sides.upload));
    assert_int_equal(put(&sides, &one, 1), 0);
    assert_int_equal(px_upload_take(&sides.upload, bytes, LIMIT), LIMIT);
    assert_int_equal(put(&sides, &one, 1), 1); /* the beginning made room for it */
    assert_false(px_upload_rewind(&sides.upload));
    assert_int_equal(px_upload_take(&sides.upload, bytes, LIMIT), 1);
    assert_int_equal(bytes[0], 'x');
    end(&sides);
}

static void test_provider_that_takes_no_more(void **state)
{
    (void)state;
    struct sides sides;
    char bytes[2 * LIMIT] = {0};
    begin(&sides);
    assert_int_equal(put(&sides, bytes, sizeof bytes), LIMIT);
    px_upload_refuse(&sides.upload);
    turn(&sides);
    assert_int_equal(sides.room, 1);
    assert_int_equal(put(&sides, bytes, sizeof bytes), sizeof bytes);
    px_upload_end(&sides.upload);
    turn(&sides);
    assert_int_equal(sides.more, 0);
    end(&sides);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_who_waits_is_told),
        cmocka_unit_test(test_again_from_the_beginning),
        cmocka_unit_test(test_provider_that_takes_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
