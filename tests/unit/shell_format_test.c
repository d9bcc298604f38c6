/* format.h, quote.h: limits, what bash cannot be asked about, and times. bash's own answers are compared in
 * shell_format_bash_test and shell_quote_bash_test. */
#include "reference.h"

#include "shell/format.h"
#include "shell/quote.h"

/* The output, '|' and the complaints, each with a ';' behind it. */
static int run(const struct sh_format *with, struct buffer *output)
{
    struct buffer messages = {0};
    size_t at;
    int result;

    buffer_clear(output);
    result = sh_format(with, output, &messages);
    buffer_put_byte(output, '|');
    for (at = 0; at < messages.size; at += strlen(messages.data + at) + 1)
        buffer_printf(output, "%s;", messages.data + at);
    buffer_free(&messages);
    return result;
}

static void the_output_has_a_limit(void **state)
{
    static const char *const formats[] = {
        "%1000000000d",           "%.1000000000d", "%1000000000s",     "%.1000000000f", "%*d",
        "%99999999999999999999d", "%-1000000000c", "%1000000000(%Y)T", "%.1000000000a"};
    static const struct sh_format_argument large = {"1000000000", 10};
    struct sh_format format = {.arguments = &large, .count = 1, .limit = 1000};
    struct buffer output = {0};
    size_t i;

    for (i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        format.format = formats[i];
        format.length = strlen(formats[i]);
        assert_int_equal(run(&format, &output), UMBRA_ELIMIT);
        assert_string_equal(strchr(output.data, '|'),
                            "|printf: the output would be larger than the limit of 1000 bytes;");
        assert_true(output.capacity < 100000);
    }
    format.format = "%1000s";
    format.length = 6;
    assert_int_equal(run(&format, &output), 0);
    assert_int_equal(output.size, 1001);
    format.format = "x%1000s";
    format.length = 7;
    assert_int_equal(run(&format, &output), UMBRA_ELIMIT);
    buffer_free(&output);
}

static int refuse(void *context, const char *name, size_t length, int64_t value)
{
    return UMBRA_EACCES;
}

static void counts_and_times_come_from_the_caller(void **state)
{
    static const struct sh_format_argument arguments[] = {{"-1", 2}, {"-2", 2}, {"86400", 5}};
    struct calendar_zone zone;
    struct sh_format format = {.format = "%(%F %T %Z)T,",
                               .length = 13,
                               .arguments = arguments,
                               .count = 3,
                               .now = 1700000000,
                               .started = 1600000000,
                               .zone = &zone};
    struct buffer output = {0};

    calendar_zone_read(&zone, "CET-1CEST,M3.5.0,M10.5.0/3", 26);
    assert_int_equal(run(&format, &output), 0);
    assert_string_equal(output.data,
                        "2023-11-14 23:13:20 CET,2020-09-13 14:26:40 CEST,1970-01-02 01:00:00 CET,|");
    format.count = 0;
    assert_int_equal(run(&format, &output), 0);
    assert_string_equal(output.data, "2023-11-14 23:13:20 CET,|");
    format = (struct sh_format){
        .format = "a%nb", .length = 4, .arguments = (struct sh_format_argument[]){{"x", 1}}, .count = 1};
    format.set = refuse;
    assert_int_equal(run(&format, &output), UMBRA_EACCES);
    format.format = "%s\0%s";
    format.length = 5;
    assert_int_equal(run(&format, &output), 0);
    assert_int_equal(output.size, 3); /* x, NUL, | */
    buffer_free(&output);
}

static void quoted_bytes_may_hold_nul(void **state)
{
    struct buffer output = {0};

    sh_quote(&output, "a\0b", 3, SH_QUOTE_SINGLE);
    assert_string_equal(output.data, "$'a\\000b'");
    buffer_clear(&output);
    assert_false(sh_unescape(&output, "a\\0b", 4, SH_ESCAPES_FORMAT));
    assert_int_equal(output.size, 3);
    assert_memory_equal(output.data, "a\0b", 3);
    buffer_clear(&output);
    assert_false(sh_unescape(&output, "a\\0b", 4, SH_ESCAPES_DOLLAR));
    assert_string_equal(output.data, "a");
    buffer_clear(&output);
    assert_true(sh_unescape(&output, "a\\cb", 4, SH_ESCAPES_ECHO));
    assert_string_equal(output.data, "a");
    buffer_clear(&output);
    assert_false(sh_unescape(&output, "\\", 1, SH_ESCAPES_ECHO));
    assert_string_equal(output.data, "\\");
    buffer_free(&output);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_output_has_a_limit),
        cmocka_unit_test(counts_and_times_come_from_the_caller),
        cmocka_unit_test(quoted_bytes_may_hold_nul),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
