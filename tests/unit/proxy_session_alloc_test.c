/* Session tokens without memory. First all that is left is so many bytes, a few more each time, for the
 * libraries (libjwt, jansson, OpenSSL) too: the answer is that there is no memory, and never that a forged
 * token is genuine or a genuine one forged. Then one allocation after the other fails, whatever its size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/known.h"
#include "auth/session.h"

/* Shared libraries find these before the C library's own. */
#if defined(__SANITIZE_ADDRESS__)
#define REAL(name) __interceptor_##name
#else
#define REAL(name) __libc_##name
#endif
extern void *REAL(malloc)(size_t size);
extern void *REAL(calloc)(size_t count, size_t size);
extern void *REAL(realloc)(void *memory, size_t size);
extern void REAL(free)(void *memory);

/* They are called before a sanitizer is ready. */
#define PLAIN __attribute__((no_sanitize("address", "undefined")))

enum { STEP = 24, ENOUGH = 80000 /* bytes, with which everything succeeds */ };

static long bytes_left = -1, calls_left = -1; /* negative: as many as there are */
static bool failed;

PLAIN static bool is_due(size_t size)
{
    bool due = calls_left == 0 || (bytes_left >= 0 && size > (size_t)bytes_left);
    if (calls_left >= 0) calls_left--;
    failed = failed || due;
    return due;
}

PLAIN static void *taken(void *memory)
{
    if (bytes_left < 0 || !memory) return memory;
    long size = (long)malloc_usable_size(memory);
    bytes_left = bytes_left > size ? bytes_left - size : 0;
    return memory;
}

PLAIN void *malloc(size_t size)
{
    return is_due(size) ? NULL : taken(REAL(malloc)(size));
}

PLAIN void *calloc(size_t count, size_t size)
{
    return is_due(count * size) ? NULL : taken(REAL(calloc)(count, size));
}

PLAIN void free(void *memory)
{
    if (bytes_left >= 0 && memory) bytes_left += (long)malloc_usable_size(memory);
    REAL(free)(memory);
}

PLAIN void *realloc(void *memory, size_t size)
{
    long had = bytes_left >= 0 && memory ? (long)malloc_usable_size(memory) : 0;
    if (is_due(size)) return NULL;
    void *moved = REAL(realloc)(memory, size);
    if (bytes_left >= 0 && moved) bytes_left += had;
    return taken(moved);
}

static void leave_bytes(long n)
{
    failed = false;
    bytes_left = n;
}

static void leave_calls(long n)
{
    failed = false;
    calls_left = n;
}

/* Whether something failed; nothing does any more. */
static bool end_of_failures(void)
{
    bytes_left = calls_left = -1;
    return failed;
}

static const unsigned char secret[PX_SECRET_SIZE] = "0123456789abcdef0123456789abcde";

static int create(struct buffer *token)
{
    struct px_err err;
    return px_session_create(secret, "https://a.example", 1000, 2000, NULL, token, &err);
}

static int check(const char *token, struct px_actor *actor)
{
    struct px_err err;
    return px_session_check(secret, token, "https://a.example", 1500, actor, &err);
}

static void test_create(void **state)
{
    (void)state;
    int without = 0;
    for (long n = 0; n < ENOUGH; n += STEP) {
        struct buffer token = {0};
        leave_bytes(n);
        int rc = create(&token);
        bool short_of = end_of_failures();
        without += rc != 0;
        if (rc == 0)
            assert_int_equal(check(token.data, NULL), 0);
        else
            assert_true(short_of && (rc == PX_ENOMEM || rc == PX_EIO /* no random bytes */));
        buffer_free(&token);
    }
    assert_in_range(without, 100, ENOUGH / STEP - 100); /* both were seen */
}

static void check_all(const char *token, int wanted)
{
    int without = 0;
    for (long n = 0; n < ENOUGH; n += STEP) {
        struct px_actor actor = {0};
        leave_bytes(n);
        int rc = check(token, &actor);
        bool short_of = end_of_failures();
        assert_int_equal(actor.kind, rc ? PX_ACTOR_NONE : PX_ACTOR_SESSION);
        assert_true(rc == wanted || (short_of && rc == PX_ENOMEM));
        without += rc != wanted;
    }
    assert_in_range(without, wanted ? 0 : 100, ENOUGH / STEP - 100);
    /* What a library makes of one lost allocation cannot be told from a malformed token. */
    bool short_of = true;
    for (long n = 0; short_of; n++) {
        leave_calls(n);
        int rc = check(token, NULL);
        short_of = end_of_failures();
        assert_true(rc == wanted || (short_of && (rc == PX_ENOMEM || rc == PX_EAUTH)));
    }
}

static void test_check(void **state)
{
    (void)state;
    struct buffer token = {0};
    assert_int_equal(create(&token), 0);
    check_all(token.data, 0);
    char *last = token.data + token.size - 1;
    *last = *last == 'A' ? 'E' : 'A';
    check_all(token.data, PX_EAUTH);
    strrchr(token.data, '.')[1] = '\0';
    check_all(token.data, PX_EAUTH); /* no signature at all */
    buffer_free(&token);
}

static void test_id(void **state)
{
    (void)state;
    struct buffer token = {0};
    assert_int_equal(create(&token), 0);
    bool short_of = true;
    for (long n = 0; short_of; n++) {
        char id[40];
        leave_calls(n);
        bool found = px_session_id(token.data, id);
        short_of = end_of_failures();
        assert_true(found ? strlen(id) == 22 : short_of);
    }
    buffer_free(&token);
}

static void test_known(void **state)
{
    (void)state;
    static struct px_known known;
    struct px_actor actor = {.kind = PX_ACTOR_SESSION, .id = "a", .expires = 100}, found;
    bool short_of = true;
    for (long n = 0; short_of; n++) {
        leave_calls(n);
        px_known_open(&known);
        px_known_keep(&known, "token", "self", &actor);
        bool there = px_known_find(&known, "token", "self", 50, &found);
        bool other = px_known_find(&known, "token", "other", 50, &found);
        short_of = end_of_failures();
        assert_true(there || short_of);
        assert_false(other);
        px_known_close(&known);
    }
}

int main(void)
{
    /* What the libraries make once and keep is made now. */
    struct buffer token = {0};
    if (create(&token) || check(token.data, NULL)) return 1;
    buffer_free(&token);
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_create), cmocka_unit_test(test_check),
                                       cmocka_unit_test(test_id), cmocka_unit_test(test_known)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
