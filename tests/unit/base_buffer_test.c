/* buffer.h, utf8.h, crc32c.h, error.h. */
#include <string.h>

#include "base/crc32c.h"
#include "base/hash64.h"
#include "base/utf8.h"
#include "workspace.h"

static void grows_and_stays_terminated(void **state)
{
    struct buffer buffer = {0};
    size_t i;

    assert_string_equal(buffer_string(&buffer), "");
    for (i = 0; i < 1000; i++) buffer_printf(&buffer, "%zu,", i);
    assert_false(buffer.failed);
    assert_int_equal(buffer.size, 3890);
    assert_int_equal(strlen(buffer.data), buffer.size);
    assert_memory_equal(buffer.data + buffer.size - 8, "998,999,", 8);
    buffer_consume(&buffer, 2);
    assert_memory_equal(buffer.data, "1,2,", 4);
    assert_int_equal(buffer.data[buffer.size], 0);
    buffer_consume(&buffer, 1u << 30);
    assert_int_equal(buffer.size, 0);
    assert_string_equal(buffer_string(&buffer), "");
    buffer_free(&buffer);
}

static void takes_hand_over_the_memory(void **state)
{
    struct buffer buffer = {0};
    char *text = buffer_take(&buffer);
    assert_string_equal(text, "");
    free(text);
    buffer_put_string(&buffer, "abc");
    text = buffer_take(&buffer);
    assert_string_equal(text, "abc");
    assert_null(buffer.data);
    free(text);
}

static void impossible_sizes_fail_and_are_remembered(void **state)
{
    struct buffer buffer = {0};
    buffer_put_string(&buffer, "kept");
    assert_int_equal(buffer_reserve(&buffer, SIZE_MAX), UMBRA_ENOMEM);
    assert_true(buffer.failed);
    buffer_put_string(&buffer, "lost");
    assert_string_equal(buffer.data, "kept");
    assert_null(buffer_take(&buffer));
    buffer_put_string(&buffer, "new");
    assert_string_equal(buffer.data, "new");
    buffer_free(&buffer);
}

static void integers_are_little_endian(void **state)
{
    struct buffer buffer = {0};
    buffer_put_u16(&buffer, 0x0102);
    buffer_put_u32(&buffer, 0x03040506);
    buffer_put_u64(&buffer, 0x0708090a0b0c0d0eull);
    assert_int_equal(buffer.size, 14);
    assert_memory_equal(buffer.data, "\x02\x01\x06\x05\x04\x03\x0e\x0d\x0c\x0b\x0a\x09\x08\x07", 14);
    assert_int_equal(read_u16(buffer.data), 0x0102);
    assert_int_equal(read_u32(buffer.data + 2), 0x03040506);
    assert_true(read_u64(buffer.data + 6) == 0x0708090a0b0c0d0eull);
    buffer_free(&buffer);
}

static void malformed_bytes_become_replacements(void **state)
{
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"plain", "plain"},
        {"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
        {"\xff", "\xef\xbf\xbd"},
        {"a\xc3", "a\xef\xbf\xbd"},
        {"\xe2\x82x", "\xef\xbf\xbd\xef\xbf\xbdx"},
        {"\xc0\x80", "\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xf0\x9f\x92\xa9", "\xf0\x9f\x92\xa9"},
    };
    size_t i;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buffer buffer = {0};
        buffer_put_utf8(&buffer, cases[i].in, strlen(cases[i].in));
        assert_string_equal(buffer_string(&buffer), cases[i].out);
        assert_int_equal(utf8_valid(cases[i].in, strlen(cases[i].in)),
                         strcmp(cases[i].in, cases[i].out) == 0);
        buffer_free(&buffer);
    }
    struct buffer none = {0};
    buffer_put_utf8(&none, NULL, 0);
    buffer_put(&none, NULL, 0);
    assert_int_equal(none.size, 0);
    buffer_free(&none);
}

static void utf8_decodes_all_code_points(void **state)
{
    uint32_t c, decoded;
    for (c = 1; c < 0x110000; c += c < 0x3000 ? 1 : 61) {
        char text[4];
        size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4, i;
        static const unsigned char lead[5] = {0, 0, 0xc0, 0xe0, 0xf0};
        for (i = n; i-- > 1;) text[i] = (char)(0x80 | (c >> 6 * (n - 1 - i) & 0x3f));
        text[0] = (char)(lead[n] | c >> 6 * (n - 1));
        decoded = 0;
        if (c >= 0xd800 && c <= 0xdfff) {
            assert_int_equal(utf8_decode(text, n, &decoded), 0);
            continue;
        }
        assert_int_equal(utf8_decode(text, n, &decoded), n);
        assert_int_equal(decoded, c);
        for (i = 1; i < n; i++) {
            assert_int_equal(utf8_decode(text, i, NULL), 0);
            assert_int_equal(utf8_pending(text, i), i);
            assert_int_equal(utf8_floor(text, i), 0);
        }
        assert_int_equal(utf8_pending(text, n), 0);
        assert_int_equal(utf8_floor(text, n), n);
    }
    assert_int_equal(utf8_pending("\x80\x80\x80\x80", 4), 0);
    assert_int_equal(utf8_pending("", 0), 0);
}

/* RFC 3720, appendix B.4. */
static void crc32c_of_the_rfc(void **state)
{
    static const unsigned char read_command[48] = {
        0x01, 0xc0, 0, 0,    0, 0, 0, 0,    0,    0, 0, 0, 0, 0, 0, 0, 0x14, 0, 0, 0, 0, 0, 0x04, 0,
        0,    0,    0, 0x14, 0, 0, 0, 0x18, 0x28, 0, 0, 0, 0, 0, 0, 0, 0x02, 0, 0, 0, 0, 0, 0,    0};
    unsigned char bytes[32];
    size_t i, cut;

    memset(bytes, 0, sizeof bytes);
    assert_int_equal(crc32c(0, bytes, 32), 0x8a9136aa);
    memset(bytes, 0xff, sizeof bytes);
    assert_int_equal(crc32c(0, bytes, 32), 0x62a8ab43);
    for (i = 0; i < 32; i++) bytes[i] = (unsigned char)i;
    assert_int_equal(crc32c(0, bytes, 32), 0x46dd794e);
    for (cut = 0; cut <= 32; cut++)
        assert_int_equal(crc32c(crc32c(0, bytes, cut), bytes + cut, 32 - cut), 0x46dd794e);
    for (i = 0; i < 32; i++) bytes[i] = (unsigned char)(31 - i);
    assert_int_equal(crc32c(0, bytes, 32), 0x113fdb5c);
    assert_int_equal(crc32c(0, read_command, 48), 0xd9963a56);
    assert_int_equal(crc32c(0, "123456789", 9), 0xe3069283);
    assert_int_equal(crc32c(0, NULL, 0), 0);
}

/* Bit by bit from the polynomial, for every way that the lanes and their rest can fall. */
static void crc32c_of_any_length(void **state)
{
    static unsigned char bytes[5000];
    uint32_t slow = ~0u;
    size_t i;
    int bit;

    for (i = 0; i < sizeof bytes; i++) bytes[i] = (unsigned char)(i * 31 + i / 251);
    for (i = 0; i < sizeof bytes; i++) {
        slow ^= bytes[i];
        for (bit = 0; bit < 8; bit++) slow = slow >> 1 ^ (slow & 1 ? 0x82f63b78u : 0);
        assert_int_equal(crc32c(0, bytes, i + 1), ~slow);
        if (i % 97 == 0)
            assert_int_equal(crc32c(crc32c(0, bytes, i / 2), bytes + i / 2, i + 1 - i / 2), ~slow);
    }
}

/* Figures of xxhsum 0.8.1. */
static void hash64_is_xxh64(void **state)
{
    static const char sentence[] = "Umbra keeps what you have, and says what it did with it.";
    unsigned char bytes[1000] = {0};
    size_t i;

    assert_true(hash64("", 0) == 0xef46db3751d8e999);
    assert_true(hash64("abc", 3) == 0x44bc2cf5ad770999);
    assert_true(hash64(sentence, sizeof sentence - 1) == 0xc4c1aa56e6415371);
    assert_true(hash64(bytes, sizeof bytes) == 0x0e2b1ef27944075a);
    for (i = 0; i < 777; i++) bytes[i] = (unsigned char)(i * 7);
    assert_true(hash64(bytes, 777) == 0x90f6b6f8ce8f5d03);
}

static void errors_are_cut_between_characters(void **state)
{
    struct error error;
    char text[600];
    size_t i;

    for (i = 0; i < 3; i++) {
        size_t at = i;
        memset(text, 'x', i);
        for (; at < 590; at += 3) memcpy(text + at, "\xe2\x82\xac", 4);
        assert_int_equal(error_set(&error, UMBRA_EIO, "%s", text), UMBRA_EIO);
        assert_int_equal(error.code, UMBRA_EIO);
        assert_true(strlen(error.message) >= sizeof error.message - 4);
        assert_true(utf8_valid(error.message, strlen(error.message)));
    }
    assert_int_equal(error_set(NULL, UMBRA_EIO, "nowhere"), UMBRA_EIO);
    assert_string_equal(umbra_error_name(UMBRA_ENOENT), "ENOENT");
    assert_string_equal(umbra_error_text(UMBRA_ENOENT), "no such file or directory");
    assert_string_equal(umbra_error_name(-9999), "E?");
    assert_string_equal(umbra_error_text(-9999), "unknown error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_and_stays_terminated),
        cmocka_unit_test(takes_hand_over_the_memory),
        cmocka_unit_test(impossible_sizes_fail_and_are_remembered),
        cmocka_unit_test(integers_are_little_endian),
        cmocka_unit_test(malformed_bytes_become_replacements),
        cmocka_unit_test(utf8_decodes_all_code_points),
        cmocka_unit_test(crc32c_of_the_rfc),
        cmocka_unit_test(crc32c_of_any_length),
        cmocka_unit_test(hash64_is_xxh64),
        cmocka_unit_test(errors_are_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
