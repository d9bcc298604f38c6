/* The proxy's ground floor: text functions, buffers, the loop's timers and tasks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/list.h"
#include "base/put.h"
#include "base/loop.h"
#include "base/text.h"

static void test_base64url(void **state)
{
    (void)state;
    unsigned char bytes[64], back[64];
    char text[PX_BASE64_SIZE(64)];
    for (size_t n = 0; n <= sizeof bytes; n++) {
        for (size_t i = 0; i < n; i++) bytes[i] = (unsigned char)(i * 37 + n);
        px_base64url(bytes, n, text);
        assert_true(strlen(text) < PX_BASE64_SIZE(n));
        assert_int_equal(px_base64url_decode(text, strlen(text), back, sizeof back), n);
        assert_memory_equal(bytes, back, n);
    }
    assert_int_equal(px_base64url_decode("QQ", 2, back, 64), 1);
    assert_int_equal(px_base64url_decode("QR", 2, back, 64), PX_EINVAL); /* unused bits set */
    assert_int_equal(px_base64url_decode("Q", 1, back, 64), PX_EINVAL);
    assert_int_equal(px_base64url_decode("QQ==", 4, back, 64), PX_EINVAL);
    assert_int_equal(px_base64url_decode("Q+Q/", 4, back, 64), PX_EINVAL);
    assert_int_equal(px_base64url_decode("QUJD", 4, back, 2), PX_EINVAL);
    assert_int_equal(px_base64_decode("QQ==", 4, back, 64), 1);
    assert_int_equal(px_base64_decode("+/A=", 4, back, 64), 2);
    assert_int_equal(px_base64_decode("QQ", 2, back, 64), PX_EINVAL);
    assert_int_equal(px_base64_decode("====", 4, back, 64), PX_EINVAL);
}

static void test_json(void **state)
{
    (void)state;
    struct buffer out = {0};
    px_put_json(&out, "a\"\\\n\x01\xff\xc3\xbc\x7f");
    assert_string_equal(out.data, "\"a\\\"\\\\\\n\\u0001\xef\xbf\xbd\xc3\xbc\x7f\"");
    buffer_free(&out);
}

static void test_json_is_one_value(void **state)
{
    (void)state;
    struct px_err err;
    const char *good[] = {"{}", " [1] \n", "null"};
    const char *bad[] = {"", "{", "{}{}", "{} x", "\xff"};
    for (size_t i = 0; i < 3; i++) {
        cJSON *json = px_json_parse(good[i], strlen(good[i]), &err);
        assert_non_null(json);
        cJSON_Delete(json);
    }
    for (size_t i = 0; i < 5; i++) assert_null(px_json_parse(bad[i], strlen(bad[i]), &err));
    assert_null(px_json_parse("{}\0", 3, &err));
}

struct probe {
    struct px_timer timer;
    int order, *next;
};

static void on_fire(struct px_timer *timer)
{
    struct probe *probe = timer->owner;
    probe->order = (*probe->next)++;
}

static void test_timers_in_order(void **state)
{
    (void)state;
    enum { COUNT = 200 };
    struct px_loop loop;
    struct probe probes[COUNT];
    int next = 1;
    assert_int_equal(px_loop_open(&loop, NULL), 0);
    for (int i = 0; i < COUNT; i++) {
        probes[i] = (struct probe){.next = &next};
        probes[i].timer = (struct px_timer){.fire = on_fire, .owner = &probes[i]};
        assert_int_equal(px_timer_set(&loop, &probes[i].timer, (i * 7919) % 40), 0);
    }
    for (int i = 0; i < COUNT; i += 3) px_timer_clear(&loop, &probes[i].timer);
    for (int i = 1; i < COUNT; i += 3)
        assert_int_equal(px_timer_set(&loop, &probes[i].timer, 5), 0); /* moved */
    for (int64_t end = px_now_ms() + 80; px_now_ms() < end;) assert_int_equal(px_loop_run(&loop, 5, NULL), 0);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(probes[i].order != 0, i % 3 != 0);
        for (int k = 0; k < COUNT && i % 3; k++)
            if (k % 3 && probes[i].timer.due_ms < probes[k].timer.due_ms)
                assert_true(probes[i].order < probes[k].order);
    }
    assert_int_equal(loop.timers, 0);
    px_loop_close(&loop);
}

struct pair {
    struct px_loop *loop;
    struct px_watch mine, *other;
    int calls;
};

static void on_ready(struct px_watch *watch, uint32_t events)
{
    struct pair *pair = watch->owner;
    (void)events;
    pair->calls++;
    px_watch_remove(pair->loop, watch);
    px_watch_remove(pair->loop, pair->other);
}

static void test_a_watch_removed_in_the_same_turn_is_not_called(void **state)
{
    (void)state;
    struct px_loop loop;
    int one[2], two[2];
    assert_int_equal(px_loop_open(&loop, NULL), 0);
    assert_int_equal(pipe(one), 0);
    assert_int_equal(pipe(two), 0);
    struct pair a = {.loop = &loop}, b = {.loop = &loop};
    a.mine = (struct px_watch){.ready = on_ready, .owner = &a};
    b.mine = (struct px_watch){.ready = on_ready, .owner = &b};
    a.other = &b.mine;
    b.other = &a.mine;
    assert_int_equal(px_watch_set(&loop, &a.mine, one[0], EPOLLIN), 0);
    assert_int_equal(px_watch_set(&loop, &b.mine, two[0], EPOLLIN), 0);
    assert_int_equal(write(one[1], "x", 1) + write(two[1], "x", 1), 2);
    assert_int_equal(px_loop_run(&loop, 100, NULL), 0);
    assert_int_equal(a.calls + b.calls, 1);
    assert_int_equal(px_loop_run(&loop, 0, NULL), 0);
    assert_int_equal(a.calls + b.calls, 1);
    for (int i = 0; i < 2; i++) {
        (void)close(one[i]);
        (void)close(two[i]);
    }
    px_loop_close(&loop);
}

static void count_task(struct px_task *task)
{
    ++*(int *)task->owner;
}

static void test_tasks_run_once(void **state)
{
    (void)state;
    struct px_loop loop;
    int calls[3] = {0};
    struct px_task tasks[3];
    assert_int_equal(px_loop_open(&loop, NULL), 0);
    for (int i = 0; i < 3; i++) {
        tasks[i] = (struct px_task){.run = count_task, .owner = &calls[i]};
        px_task_queue(&loop, &tasks[i]);
        px_task_queue(&loop, &tasks[i]);
    }
    px_task_cancel(&loop, &tasks[2]);
    assert_int_equal(px_loop_run(&loop, -1, NULL), 0);
    assert_int_equal(px_loop_run(&loop, 0, NULL), 0);
    assert_int_equal(calls[0] * 100 + calls[1] * 10 + calls[2], 110);
    px_task_queue(&loop, &tasks[2]);
    assert_int_equal(px_loop_run(&loop, 0, NULL), 0);
    assert_int_equal(calls[2], 1);
    px_loop_close(&loop);
}

static void test_numbers(void **state)
{
    (void)state;
    static const int64_t numbers[] = {0, 1, -1, 9, 10, 99, 100, -100, 1234567890, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        char expected[32];
        struct buffer out = {0};
        (void)snprintf(expected, sizeof expected, "%lld", (long long)numbers[i]);
        px_put_number(&out, numbers[i]);
        assert_string_equal(buffer_string(&out), expected);
        buffer_free(&out);
    }
}

static void test_lists(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {NULL, ""},
        {"", ""},
        {" , ,,", ";;;"},
        {"a", "a;"},
        {"a,b", "a;b;"},
        {" a , b ,", "a;b;"},
        {",,a b,c", ";;a b;c;"},
        {"a\t,\nb", "a;b;"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *at = cases[i][0], *piece;
        size_t size;
        struct buffer out = {0};
        while (px_list_next(&at, &piece, &size)) {
            buffer_put(&out, piece, size);
            buffer_put_byte(&out, ';');
        }
        assert_string_equal(buffer_string(&out), cases[i][1]);
        buffer_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_base64url),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_json_is_one_value),
        cmocka_unit_test(test_timers_in_order),
        cmocka_unit_test(test_a_watch_removed_in_the_same_turn_is_not_called),
        cmocka_unit_test(test_tasks_run_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
