/* real.h: against the C library's long double where it is x86's, on random numbers; and by itself elsewhere.
 */
#include <errno.h>
#include <float.h>

#include "reference.h"

#include "base/real.h"

#define CASES 4000

static void check(const char *text, const struct real_format *format, const char *expected)
{
    struct buffer output = {0};
    struct real value;
    bool range, no_memory;

    assert_int_equal(real_parse(text, strlen(text), &value, &range, &no_memory), strlen(text));
    real_print(&output, &value, format);
    if (strcmp(buffer_string(&output), expected) != 0)
        fail_msg("%s as %%.%d%c: %.100s, not %.100s", text, format->precision, format->conversion,
                 output.data, expected);
    buffer_free(&output);
}

static void known_digits(void **state)
{
    check("0.1", &(struct real_format){'f', false, 30}, "0.100000000000000000001355252716");
    check("2.5", &(struct real_format){'f', false, 0}, "2");
    check("3.5", &(struct real_format){'f', false, 0}, "4");
    check("0.5", &(struct real_format){'f', false, 0}, "0");
    check("9.995", &(struct real_format){'e', false, 2}, "9.99e+00");
    check("999999.5", &(struct real_format){'g', false, -1}, "1e+06");
    check("0.0001", &(struct real_format){'g', false, -1}, "0.0001");
    check("0.00001", &(struct real_format){'G', false, -1}, "1E-05");
    check("1", &(struct real_format){'a', false, -1}, "0x8p-3");
    check("0", &(struct real_format){'e', false, 2}, "0.00e+00");
    check("1e4932", &(struct real_format){'g', false, 10}, "1e+4932");
    check("1e5000", &(struct real_format){'F', false, 1}, "INF");
    check("nan", &(struct real_format){'f', false, 1}, "nan");
    check("1e-5000", &(struct real_format){'f', false, 1}, "0.0");
}

static void doubles_and_integers_become_reals(void **state)
{
    struct buffer output = {0};
    const struct real_format format = {'g', false, 17};
    struct real value = real_from_double(-0.1);

    real_print(&output, &value, &format);
    assert_true(value.negative);
    assert_string_equal(output.data, "0.10000000000000001");
    buffer_clear(&output);
    value = real_from_double(4.9406564584124654e-324);
    real_print(&output, &value, &format);
    assert_string_equal(output.data, "4.9406564584124654e-324");
    buffer_clear(&output);
    value = real_from_integer(INT64_MIN);
    real_print(&output, &value, &(struct real_format){'f', false, 0});
    assert_string_equal(output.data, "9223372036854775808");
    assert_int_equal(real_from_double(0).kind, REAL_ZERO);
    assert_int_equal(real_from_double(-1 / 1e-320 * 1e300).kind, REAL_INFINITE);
    buffer_free(&output);
}

#if LDBL_MANT_DIG == 64

static void put_number(char *text, size_t size)
{
    static const char *const mantissas[] = {"1",   "9.9999999", "123456789012345678901234567890",
                                            "4.5", "0.5",       "2.5"};
    static const char *const rests[] = {"e", "e+", "x", "p3", "..", "e5x", " "};
    size_t length;

    switch (reference_random(5)) {
    case 0:
        snprintf(text, size, "%u.%u", reference_random(100), reference_random(1000000));
        break;
    case 1:
        snprintf(text, size, "%se%d", reference_choice(mantissas), (int)reference_random(10200) - 5100);
        break;
    case 2:
        snprintf(text, size, "%u%09u.%09u%09ue%d", reference_random(1000000000), reference_random(1000000000),
                 reference_random(1000000000), reference_random(1000000000), (int)reference_random(40) - 20);
        break;
    case 3:
        snprintf(text, size, "0x%x.%08x%08xp%d", reference_random(1u << 30), reference_random(1u << 31),
                 reference_random(1u << 31), (int)reference_random(33000) - 16500);
        break;
    default:
        snprintf(text, size, "%u.%u5", reference_random(20), reference_random(100));
    }
    length = strlen(text);
    if (reference_random(8) == 0) snprintf(text + length, size - length, "%s", reference_choice(rests));
}

static void as_the_c_library(void **state)
{
    static char theirs[30000];
    unsigned count = reference_rounds(CASES), i;

    for (i = 0; i < count; i++) {
        char text[200], format[30], *end;
        struct real_format with = {"aAeEfFgG"[reference_random(8)], false, (int)reference_random(30) - 1};
        struct buffer ours = {0};
        struct real value;
        bool range, no_memory;
        long double number;
        put_number(text, sizeof text);
        /* glibc 2.36 drops a zero of %#.2g when it rounds up to another power of ten */
        with.alternate = (with.conversion | 0x20) != 'g' && reference_random(4) == 0;
        errno = 0;
        number = strtold(text, &end);
        assert_int_equal(real_parse(text, strlen(text), &value, &range, &no_memory), end - text);
        assert_int_equal(range, errno == ERANGE);
        if (with.precision < 0)
            snprintf(format, sizeof format, "%%%sL%c", with.alternate ? "#" : "", with.conversion);
        else
            snprintf(format, sizeof format, "%%%s.%dL%c", with.alternate ? "#" : "", with.precision,
                     with.conversion);
        snprintf(theirs, sizeof theirs, format, number); // NOLINT: made above
        real_print(&ours, &value, &with);
        if (strcmp(theirs, ours.data) != 0)
            fail_msg("%s of %s: %.200s, not %.200s", format, text, ours.data, theirs);
        buffer_free(&ours);
    }
}

#else

static void as_the_c_library(void **state)
{
    skip(); /* its long double is another */
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_digits),
        cmocka_unit_test(doubles_and_integers_become_reals),
        cmocka_unit_test(as_the_c_library),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
