/* Session tokens and pairing tokens: what is accepted, and that nothing else is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/jwt.h"
#include "auth/known.h"
#include "auth/origin.h"
#include "auth/session.h"
#include "auth/state.h"

static const unsigned char secret[PX_SECRET_SIZE] = "0123456789abcdef0123456789abcde";

static struct buffer make(const char *origin, int64_t now, int64_t expires)
{
    struct buffer token = {0};
    assert_int_equal(px_session_create(secret, origin, now, expires, NULL, &token, NULL), 0);
    return token;
}

static void test_accepts_its_own(void **state)
{
    (void)state;
    const char *origins[] = {"", "self", "https://app.example", "http://[::1]:8080", "odd \"\\ \xc3\xbc"};
    for (size_t i = 0; i < sizeof origins / sizeof *origins; i++) {
        struct buffer token = make(origins[i], 1000, 2000);
        assert_true(token.size < PX_JWT_MAX);
        assert_int_equal(px_session_check(secret, token.data, origins[i], 1000, NULL, NULL), 0);
        assert_int_equal(px_session_check(secret, token.data, origins[i], 1999, NULL, NULL), 0);
        assert_int_equal(px_session_check(secret, token.data, origins[i], 2000, NULL, NULL), PX_EAUTH);
        assert_int_equal(px_session_check(secret, token.data, origins[i], 900, NULL, NULL), PX_EAUTH);
        assert_int_equal(px_session_check(secret, token.data, "https://other", 1500, NULL, NULL), PX_EPERM);
        buffer_free(&token);
    }
}

static void test_refuses_every_changed_character(void **state)
{
    (void)state;
    struct buffer token = make("self", 1000, 2000);
    for (size_t i = 0; i < token.size; i++) {
        char kept = token.data[i];
        const char others[] = {kept == 'A' ? 'B' : 'A', '.', '=', '\0', ' '};
        for (size_t k = 0; k < sizeof others; k++) {
            if (others[k] == kept) continue;
            token.data[i] = others[k];
            assert_int_not_equal(px_session_check(secret, token.data, "self", 1500, NULL, NULL), 0);
        }
        token.data[i] = kept;
    }
    unsigned char other[PX_SECRET_SIZE];
    memcpy(other, secret, sizeof other);
    other[31] ^= 1;
    assert_int_equal(px_session_check(other, token.data, "self", 1500, NULL, NULL), PX_EAUTH);
    assert_int_equal(px_session_check(secret, "", "self", 1500, NULL, NULL), PX_EAUTH);
    assert_int_equal(px_session_check(secret, ".", "self", 1500, NULL, NULL), PX_EAUTH);
    buffer_free(&token);
}

static void test_two_tokens_differ(void **state)
{
    (void)state;
    struct buffer one = make("self", 1, 2), two = make("self", 1, 2);
    assert_string_not_equal(one.data, two.data);
    buffer_free(&one);
    buffer_free(&two);
}

/* A renewal keeps id and time of pairing, works for a token that is over, and ends with the time of pairing.
 */
static void test_renewal(void **state)
{
    (void)state;
    struct buffer token = make("self", 1000, 2000), renewed = {0};
    struct px_actor actor, again;
    struct px_err err = {0};
    assert_int_equal(px_session_check(secret, token.data, "self", 2500, &actor, &err), PX_EAUTH);
    assert_int_equal(px_session_check_renewal(secret, token.data, "self", 5999, 5000, &actor, &err), 0);
    assert_int_equal(actor.kind, PX_ACTOR_SESSION);
    assert_int_equal(actor.since, 1000);
    assert_int_equal(strncmp(actor.text, "session-", 8), 0);
    assert_int_equal(strlen(actor.text), 40);
    assert_null(strstr(actor.text, actor.id));
    assert_int_equal(px_session_check_renewal(secret, token.data, "self", 6000, 5000, NULL, &err), PX_EAUTH);
    assert_int_equal(px_session_check_renewal(secret, token.data, "other", 1500, 5000, NULL, &err), PX_EPERM);
    token.data[token.size - 1] = token.data[token.size - 1] == 'A' ? 'B' : 'A';
    assert_int_equal(px_session_check_renewal(secret, token.data, "self", 1500, 5000, NULL, &err), PX_EAUTH);
    assert_int_equal(px_session_create(secret, "self", 5999, 6900, &actor, &renewed, &err), 0);
    assert_int_equal(px_session_check(secret, renewed.data, "self", 6800, &again, &err), 0);
    assert_string_equal(again.text, actor.text);
    assert_int_equal(again.since, 1000);
    assert_int_equal(px_session_check_renewal(secret, renewed.data, "self", 6000, 5000, NULL, &err),
                     PX_EAUTH);
    buffer_free(&token);
    buffer_free(&renewed);
}

static char *temporary(void)
{
    char *path = strdup("/tmp/px-unit-XXXXXX");
    assert_non_null(path);
    assert_non_null(mkdtemp(path));
    return path;
}

static void remove_all(char *path)
{
    char command[200];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", path);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c) */
    free(path);
}

static void test_pairing_once(void **unused)
{
    (void)unused;
    char *path = temporary(), token[PX_TOKEN_SIZE], again[PX_TOKEN_SIZE];
    struct px_state state;
    struct px_err err = {0};
    assert_int_equal(px_state_open(&state, path, &err), 0);
    assert_int_equal(px_pairing_create(&state, 60, token, &err), 0);
    assert_int_equal(px_pairing_create(&state, 60, again, &err), 0);
    assert_int_equal(strlen(token), 43);
    assert_int_equal(px_pairing_use(&state, token, &err), 0);
    assert_int_equal(px_pairing_use(&state, token, &err), PX_EAUTH);
    assert_int_equal(px_pairing_use(&state, again, &err), 0);
    const char *wrong[] = {"", "x", "../../etc/passwd", "....",
                           "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(px_pairing_use(&state, wrong[i], &err), PX_EAUTH);
    assert_int_equal(px_pairing_create(&state, 0, token, &err), 0);
    assert_int_equal(px_pairing_use(&state, token, &err), PX_EAUTH);
    px_state_close(&state);
    remove_all(path);
}

static void test_secret_is_kept_and_private(void **unused)
{
    (void)unused;
    char *path = temporary();
    struct px_state state;
    struct px_err err = {0};
    unsigned char one[PX_SECRET_SIZE], two[PX_SECRET_SIZE];
    assert_int_equal(px_state_open(&state, path, &err), 0);
    assert_int_equal(px_state_secret(&state, one, &err), 0);
    assert_int_equal(px_state_secret(&state, two, &err), 0);
    assert_memory_equal(one, two, sizeof one);
    assert_int_equal(fchmodat(state.dir, "session-secret", 0640, 0), 0);
    assert_int_equal(px_state_secret(&state, two, &err), PX_EPERM);
    assert_non_null(strstr(err.text, "chmod 600"));
    assert_int_equal(unlinkat(state.dir, "session-secret", 0), 0);
    assert_int_equal(symlinkat("/etc/passwd", state.dir, "session-secret"), 0);
    assert_int_equal(px_state_secret(&state, two, &err), PX_EIO);
    px_state_close(&state);
    remove_all(path);
}

static void test_address_file_is_checked(void **unused)
{
    (void)unused;
    char *path = temporary(), address[80];
    struct px_state state;
    assert_int_equal(px_state_open(&state, path, NULL), 0);
    assert_false(px_state_read_address(&state, address, sizeof address));
    assert_int_equal(px_state_write_address(&state, "127.0.0.1:8787", NULL), 0);
    assert_true(px_state_read_address(&state, address, sizeof address));
    assert_string_equal(address, "127.0.0.1:8787");
    assert_int_equal(px_state_write_address(&state, "\x1b]0;evil", NULL), 0);
    assert_false(px_state_read_address(&state, address, sizeof address));
    assert_int_equal(px_state_write_address(&state, NULL, NULL), 0);
    px_state_close(&state);
    remove_all(path);
}

static int open_origins(struct px_origins *origins, const char *list)
{
    const struct px_origins_settings settings = {
        .bind_address = "127.0.0.1", .port = 80, .allowed_origins = list};
    return px_origins_open(origins, &settings, NULL);
}

static void test_origins(void **unused)
{
    (void)unused;
    struct px_origins origins;
    assert_int_equal(open_origins(&origins, " https://a.example ,,http://b:1"), 0);
    assert_int_equal(px_origin_kind(&origins, NULL), PX_ORIGIN_ABSENT);
    assert_int_equal(px_origin_kind(&origins, "https://a.example"), PX_ORIGIN_FRIEND);
    assert_int_equal(px_origin_kind(&origins, "http://b:1"), PX_ORIGIN_FRIEND);
    assert_int_equal(px_origin_kind(&origins, "http://localhost"), PX_ORIGIN_OWN);
    assert_int_equal(px_origin_kind(&origins, "http://127.0.0.1:80"), PX_ORIGIN_OWN);
    const char *foreign[] = {"",         "null",        "https://localhost", "http://localhost:8",
                             "http://b", "https://b:1", "http://b:11",       "https://a.example:443"};
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        assert_int_equal(px_origin_kind(&origins, foreign[i]), PX_ORIGIN_REFUSED);
    px_origins_close(&origins);
    const char *faulty[] = {"*",         "https://",    "a.example", "https://a/",
                            "https://A", "https://u@a", "file:///x"};
    for (size_t i = 0; i < sizeof faulty / sizeof *faulty; i++) {
        assert_int_equal(open_origins(&origins, faulty[i]), PX_EUSAGE);
        px_origins_close(&origins);
    }
}

static void test_known_sessions(void **state)
{
    (void)state;
    static struct px_known known;
    px_known_open(&known);
    struct px_actor actor = {.kind = PX_ACTOR_SESSION, .id = "a", .expires = 100}, found;
    assert_false(px_known_find(&known, "token", "self", 50, &found));
    px_known_keep(&known, "token", "self", &actor);
    assert_true(px_known_find(&known, "token", "self", 50, &found));
    assert_string_equal(found.id, "a");
    assert_true(px_known_find(&known, "token", "self", 99, &found));
    assert_false(px_known_find(&known, "token", "self", 100, &found));
    assert_false(px_known_find(&known, "token", "", 50, &found));
    assert_false(px_known_find(&known, "token", "selfx", 50, &found));
    const char *others[] = {"", "toke", "tokens", "Token", "tokeo"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(px_known_find(&known, others[i], "self", 50, &found));
    /* Far more than there are places for: whichever is found is the right one. */
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 500; i++) {
            char token[24];
            (void)snprintf(token, sizeof token, "token-%d", i);
            (void)snprintf(actor.id, sizeof actor.id, "%d", i);
            if (round == 0)
                px_known_keep(&known, token, "self", &actor);
            else if (px_known_find(&known, token, "self", 50, &found))
                assert_string_equal(found.id, actor.id);
        }
    px_known_close(&known);
    assert_false(px_known_find(&known, "token-499", "self", 50, &found));
}

/* A core file has the table, its key, and what OpenSSL keeps of the last digest. */
static void test_known_sessions_hold_no_token(void **state)
{
    (void)state;
    static struct px_known one, two;
    struct buffer token = make("self", 1000, 2000);
    struct px_actor actor;
    px_known_open(&one);
    px_known_open(&two);
    assert_int_equal(px_session_check(secret, token.data, "self", 1500, &actor, NULL), 0);
    px_known_keep(&one, token.data, "self", &actor);
    px_known_keep(&two, token.data, "self", &actor);
    assert_true(px_known_find(&one, token.data, "self", 1500, &actor));
    assert_true(px_known_find(&two, token.data, "self", 1500, &actor));
    const char *signature = strrchr(token.data, '.') + 1;
    for (size_t i = 0; i + 8 < strlen(signature); i++)
        assert_null(memmem(&one, sizeof one, signature + i, 8));
    assert_memory_not_equal(one.key, two.key, sizeof one.key);
    for (size_t i = 0; i < PX_KNOWN_SESSIONS; i++)
        for (size_t k = 0; k < PX_KNOWN_SESSIONS; k++)
            if (one.places[i].actor.kind && two.places[k].actor.kind)
                assert_memory_not_equal(one.places[i].digest, two.places[k].digest, PX_KNOWN_DIGEST);
    px_known_close(&one);
    px_known_close(&two);
    struct px_known nothing = {0};
    assert_memory_equal(&one, &nothing, sizeof nothing);
    px_known_keep(&one, token.data, "self", &actor); /* neither open nor harmful */
    assert_false(px_known_find(&one, token.data, "self", 1500, &actor));
    buffer_free(&token);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepts_its_own),
        cmocka_unit_test(test_refuses_every_changed_character),
        cmocka_unit_test(test_two_tokens_differ),
        cmocka_unit_test(test_renewal),
        cmocka_unit_test(test_pairing_once),
        cmocka_unit_test(test_secret_is_kept_and_private),
        cmocka_unit_test(test_address_file_is_checked),
        cmocka_unit_test(test_origins),
        cmocka_unit_test(test_known_sessions),
        cmocka_unit_test(test_known_sessions_hold_no_token),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
