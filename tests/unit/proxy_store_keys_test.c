/* API keys: made, used, rotated, revoked, expired; that the file does not hold them; and that each of many
 * wrong ones is refused. */
#include "support/proxy_store.h"

#include <fcntl.h>

static void begin(struct place *place, struct px_keys *keys)
{
    make_place(place);
    open_place(place);
    assert_int_equal(px_keys_open(keys, &place->db, test_secret, &place->err), 0);
}

static void create(struct place *place, struct px_keys *keys, const char *name, int64_t expires,
                   const char *providers, char key[PX_KEY_SIZE])
{
    if (px_keys_create(keys, name, 1000, expires, providers, key, &place->err))
        fail_msg("%s", place->err.text);
    assert_int_equal(px_database_turn(&place->db, NULL), 0);
}

/* Whether these bytes are anywhere in the file or in its log. */
static bool file_has(const struct place *place, const void *data, size_t size)
{
    static const char *const names[] = {"proxy.db", "proxy.db-wal"};
    bool found = false;
    for (size_t i = 0; i < 2; i++) {
        struct stat info;
        int fd = openat(place->state.dir, names[i], O_RDONLY);
        assert_true(fd >= 0);
        assert_int_equal(fstat(fd, &info), 0);
        char *all = malloc((size_t)info.st_size + 1);
        assert_non_null(all);
        assert_int_equal(read(fd, all, (size_t)info.st_size), info.st_size);
        found = found || memmem(all, (size_t)info.st_size, data, size);
        free(all);
        (void)close(fd);
    }
    return found;
}

static void test_life(void **unused)
{
    (void)unused;
    struct place place;
    struct px_keys keys;
    struct px_actor actor, again;
    char first[PX_KEY_SIZE], second[PX_KEY_SIZE], third[PX_KEY_SIZE];
    begin(&place, &keys);
    create(&place, &keys, "ci", -1, NULL, first);
    assert_int_equal(strlen(first), 47);
    assert_int_equal(strncmp(first, "umk_", 4), 0);
    assert_int_equal(px_keys_check(&keys, first, 2000, &actor, &place.err), 0);
    assert_int_equal(actor.kind, PX_ACTOR_KEY);
    assert_true(px_actor_may(&actor, "anthropic") && px_actor_may(&actor, "openai"));
    assert_int_equal(px_database_turn(&place.db, NULL), 0);
    assert_int_equal(number(&place, "SELECT last_used FROM keys"), 2000);
    /* Used again soon: not written again. */
    assert_int_equal(px_keys_check(&keys, first, 2010, &actor, &place.err), 0);
    assert_false(place.db.writing);
    assert_int_equal(px_keys_create(&keys, "ci", 2000, -1, NULL, second, &place.err), PX_EBUSY);
    assert_non_null(strstr(place.err.text, "keys rotate ci"));

    assert_int_equal(px_keys_rotate(&keys, "ci", 3000, 100, second, &place.err), 0);
    assert_int_equal(px_database_turn(&place.db, NULL), 0);
    assert_string_not_equal(first, second);
    assert_int_equal(px_keys_check(&keys, first, 3099, &actor, &place.err), 0);
    assert_int_equal(px_keys_check(&keys, second, 3099, &again, &place.err), 0);
    assert_string_equal(actor.text, again.text);
    assert_int_equal(px_keys_check(&keys, first, 3100, &actor, &place.err), PX_EAUTH);
    assert_non_null(strstr(place.err.text, "expired"));
    assert_int_equal(px_keys_check(&keys, second, 9999999, &actor, &place.err), 0);

    assert_int_equal(px_keys_revoke(&keys, "ci", 4000, &place.err), 0);
    assert_int_equal(px_keys_check(&keys, second, 4000, &actor, &place.err), PX_EAUTH);
    assert_non_null(strstr(place.err.text, "revoked"));
    assert_int_equal(px_keys_revoke(&keys, "ci", 4000, &place.err), PX_ENOENT);
    assert_int_equal(px_keys_rotate(&keys, "ci", 4000, 100, third, &place.err), PX_ENOENT);
    assert_int_equal(px_keys_rotate(&keys, "nobody", 4000, 100, third, &place.err), PX_ENOENT);
    /* The name is free again, and is somebody else then. */
    assert_int_equal(px_keys_create(&keys, "ci", 5000, 6000, NULL, third, &place.err), 0);
    assert_int_equal(px_keys_check(&keys, third, 5999, &actor, &place.err), 0);
    assert_string_not_equal(actor.text, again.text);
    assert_int_equal(px_keys_check(&keys, third, 6000, &actor, &place.err), PX_EAUTH);
    px_keys_close(&keys);
    remove_place(&place);
}

static void test_overlap_never_lengthens_a_life(void **unused)
{
    (void)unused;
    struct place place;
    struct px_keys keys;
    struct px_actor actor;
    char first[PX_KEY_SIZE], second[PX_KEY_SIZE];
    begin(&place, &keys);
    create(&place, &keys, "k", 1500, NULL, first);
    assert_int_equal(px_keys_rotate(&keys, "k", 1400, 3600, second, &place.err), 0);
    assert_int_equal(px_keys_check(&keys, first, 1500, &actor, NULL), PX_EAUTH);
    assert_int_equal(px_keys_check(&keys, second, 1499, &actor, NULL), 0);
    assert_int_equal(px_keys_check(&keys, second, 1500, &actor, NULL), PX_EAUTH);
    px_keys_close(&keys);
    remove_place(&place);
}

static void test_scope_and_names(void **unused)
{
    (void)unused;
    static const char *const bad_names[] = {
        "",         "a b",  "a/b",
        "\xc3\xa4", "a\"b", "12345678901234567890123456789012345678901234567890123456789012345"};
    static const char *const bad_lists[] = {"", " , ", "a;b", "anthropic,open ai/x"};
    struct place place;
    struct px_keys keys;
    struct px_actor actor;
    char key[PX_KEY_SIZE];
    begin(&place, &keys);
    create(&place, &keys, "scoped.key_1-x", -1, "anthropic, gemini", key);
    assert_int_equal(px_keys_check(&keys, key, 1000, &actor, NULL), 0);
    assert_true(px_actor_may(&actor, "anthropic") && px_actor_may(&actor, "gemini"));
    assert_false(px_actor_may(&actor, "openai") || px_actor_may(&actor, "anth") || px_actor_may(&actor, ""));
    assert_int_equal(px_keys_rotate(&keys, "scoped.key_1-x", 1000, 0, key, NULL), 0);
    assert_int_equal(px_keys_check(&keys, key, 1000, &actor, NULL), 0);
    assert_false(px_actor_may(&actor, "openai"));
    for (size_t i = 0; i < sizeof bad_names / sizeof *bad_names; i++)
        assert_int_equal(px_keys_create(&keys, bad_names[i], 1, -1, NULL, key, NULL), PX_EUSAGE);
    for (size_t i = 0; i < sizeof bad_lists / sizeof *bad_lists; i++)
        assert_int_equal(px_keys_create(&keys, "other", 1, -1, bad_lists[i], key, NULL), PX_EUSAGE);
    px_keys_close(&keys);
    remove_place(&place);
}

static void test_wrong_keys(void **unused)
{
    (void)unused;
    static const char *const wrong[] = {"",
                                        "umk_",
                                        "umk_short",
                                        "umk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                                        "UMK_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                                        "umk_' OR 1=1 --"};
    struct place place;
    struct px_keys keys, others;
    struct px_actor actor;
    unsigned char secret[PX_SECRET_SIZE];
    char key[PX_KEY_SIZE];
    begin(&place, &keys);
    create(&place, &keys, "k", -1, NULL, key);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(px_keys_check(&keys, wrong[i], 1000, &actor, &place.err), PX_EAUTH);
    for (size_t i = 0; i < strlen(key); i++) {
        char kept = key[i];
        key[i] = kept == 'A' ? 'B' : 'A';
        assert_int_equal(px_keys_check(&keys, key, 1000, &actor, &place.err), PX_EAUTH);
        assert_null(strstr(place.err.text, key));
        key[i] = kept;
    }
    assert_int_equal(px_keys_check(&keys, key, 1000, &actor, &place.err), 0);
    /* With another install secret the same file knows none of them. */
    memcpy(secret, test_secret, sizeof secret);
    secret[0] ^= 1;
    assert_int_equal(px_keys_open(&others, &place.db, secret, NULL), 0);
    assert_int_equal(px_keys_check(&others, key, 1000, &actor, &place.err), PX_EAUTH);
    px_keys_close(&others);
    px_keys_close(&keys);
    remove_place(&place);
}

static void test_the_file_holds_no_key(void **unused)
{
    (void)unused;
    struct place place;
    struct px_keys keys;
    unsigned char plain[PX_HASH_SIZE];
    char key[PX_KEY_SIZE];
    begin(&place, &keys);
    create(&place, &keys, "the-name", -1, NULL, key);
    assert_true(file_has(&place, "the-name", 8));
    assert_false(file_has(&place, key + 4, 20));
    assert_int_equal(px_sha256(key, strlen(key), plain, NULL), 0);
    assert_false(file_has(&place, plain, sizeof plain));
    px_keys_close(&keys);
    remove_place(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_life),
        cmocka_unit_test(test_overlap_never_lengthens_a_life),
        cmocka_unit_test(test_scope_and_names),
        cmocka_unit_test(test_wrong_keys),
        cmocka_unit_test(test_the_file_holds_no_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
