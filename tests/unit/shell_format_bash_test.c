/* format.h against bash 5.2: random formats with random arguments; output, complaints and status must be the
 * same. */
#include "reference.h"

#include "shell/format.h"

#define CASES     1500
#define ARGUMENTS 3

/* A format and three arguments for each case; an argument "-" is none, nor are those behind it. */
static const char script[] =
    "while IFS= read -r -d '' f && IFS= read -r -d '' a && IFS= read -r -d '' b && IFS= read -r -d '' c; do\n"
    "n=none; args=(); for x in \"$a\" \"$b\" \"$c\"; do [[ $x == - ]] && break; args+=(\"$x\"); done\n"
    "printf -- \"$f\" \"${args[@]}\" 2>/tmp/umbra-printf-messages.$$; s=$?; printf '|%s|%s|' $s $n\n"
    "sed 's/^S: line 3: //' /tmp/umbra-printf-messages.$$; printf '\\0\\0'; done\n"
    "rm -f /tmp/umbra-printf-messages.$$\n";

static int set_variable(void *context, const char *name, size_t length, int64_t value)
{
    struct buffer *variable = context;
    if (length != 1 || name[0] != 'n') return 0;
    buffer_clear(variable);
    buffer_printf(variable, "%lld", (long long)value);
    return 0;
}

static void answer(const char *const texts[1 + ARGUMENTS], struct buffer *output)
{
    struct sh_format_argument arguments[ARGUMENTS];
    struct buffer messages = {0}, variable = {0}, made = {0};
    const struct calendar_zone utc = {.name = "UTC"};
    struct sh_format format = {.format = texts[0], .length = strlen(texts[0]), .arguments = arguments};
    size_t at;
    int status;

    for (; format.count < ARGUMENTS && strcmp(texts[1 + format.count], "-") != 0; format.count++)
        arguments[format.count] =
            (struct sh_format_argument){texts[1 + format.count], strlen(texts[1 + format.count])};
    buffer_put_string(&variable, "none");
    format.set = set_variable;
    format.context = &variable;
    format.zone = &utc;
    status = sh_format(&format, &made, &messages);
    assert_true(status >= 0);
    buffer_put(output, made.data, made.size);
    buffer_printf(output, "|%d|%s|", status, variable.data);
    for (at = 0; at < messages.size; at += strlen(messages.data + at) + 1)
        buffer_printf(output, "%s\n", messages.data + at);
    buffer_put(output, "\0", 2);
    buffer_free(&made);
    buffer_free(&messages);
    buffer_free(&variable);
}

static const char *const flags[] = {"-", "+", " ", "#", "0", "'", "-0", "+ ", "#0", "0+"};
static const char *const sizes[] = {"", "", "", "5", "12", "1", "0", "*", "30"};
static const char *const precisions[] = {"", "", "", ".", ".0", ".2", ".5", ".12", ".*", ".20"};
static const char letters[] = "ddiouxXcsbqQeEfFgGaAnsdsdxz%";
static const char *const plain[] = {"a",    "\\n", "\\101", "\\x41", "%%", "\\u00e4",
                                    "x\\c", "\\x", " ",     "\\\"",  "\\0"};
static const char *const dates[] = {"%(%Y-%m-%d)T", "%(%s)T", "%-20(%H:%M:%S)T|", "%(%c)T",
                                    "%.4(%F)T",     "%()T",   "%(%a %b %e)X",     "%(%j %U)T"};
static const char *const values[] = {
    "-",
    "-",
    "",
    "0",
    "1",
    "-1",
    "7",
    "42",
    "-12345",
    "08",
    "0x1f",
    "0X1F",
    "0xg",
    "010",
    "'a",
    "\"b",
    "'",
    "'\xc3\xa4",
    "abc",
    "3abc",
    " 5",
    "5 ",
    "+3",
    "-0",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775809",
    "18446744073709551615",
    "99999999999999999999",
    "3.14159",
    "-2.5",
    "0.5",
    "1.5",
    "1e10",
    "1e-5",
    "123456789",
    "1e400",
    "1e5000",
    "inf",
    "-nan",
    "nan",
    "0x1p4",
    "0x.8",
    "1e",
    ".5",
    ".",
    "a b",
    "it's",
    "\xc3\xa4\xc3\xb6",
    "a\\nb",
    "\\0101",
    "\\101",
    "x\\cy",
    "\\x4z",
    "\\",
    "n",
    "$x",
    "~",
    "a\tb",
    "100",
    "2.675",
    "0.1",
    "1e-4940",
    "1700000000",
    "-2",
    "86400",
    "\\u20ac",
    "--",
    "1,000",
    "0b1",
    "99999.5",
};

static void put_format(struct buffer *text)
{
    unsigned count = 1 + reference_random(3);

    if (reference_random(8) == 0) { /* alone, because without an argument it would have the clock's time */
        buffer_put_string(text, reference_choice(dates));
        count = 0;
    }
    while (count-- > 0) {
        if (reference_random(10) < 3) {
            buffer_put_string(text, reference_choice(plain));
        } else {
            buffer_put_byte(text, '%');
            if (reference_random(3) == 0) buffer_put_string(text, reference_choice(flags));
            buffer_put_string(text, reference_choice(sizes));
            buffer_put_string(text, reference_choice(precisions));
            if (reference_random(10) == 0) buffer_put_string(text, reference_random(2) ? "l" : "h");
            if (reference_random(60)) buffer_put_byte(text, letters[reference_random(sizeof letters - 1)]);
        }
        if (reference_random(3) == 0) buffer_put_byte(text, ',');
    }
}

/* The argument as %d has it. */
static long long integer_of(const char *text)
{
    struct buffer output = {0}, messages = {0};
    const struct sh_format_argument argument = {text, strlen(text)};
    const struct sh_format format = {.format = "%d", .length = 2, .arguments = &argument, .count = 1};
    long long value;

    sh_format(&format, &output, &messages);
    value = strtoll(buffer_string(&output), NULL, 10);
    buffer_free(&output);
    buffer_free(&messages);
    return value;
}

/* What cannot be compared: widths that are larger than our limit, times that depend on the clock. */
static bool is_doubtful(const char *const texts[1 + ARGUMENTS])
{
    bool is_time = strchr(texts[0], '(') != NULL;
    size_t i;

    if (is_time && strcmp(texts[1], "-") == 0) return true;
    for (i = 1; i <= ARGUMENTS; i++) {
        long long value = integer_of(texts[i]);
        if (strchr(texts[0], '*') && (value > 1000 || value < -1000)) return true;
        if (is_time && (value == -1 || value == -2)) return true;
    }
    return false;
}

/* The texts of the case at data; how many bytes it has. */
static size_t take_texts(const char *data, const char *texts[1 + ARGUMENTS])
{
    size_t at = 0, i;
    for (i = 0; i < 1 + ARGUMENTS; i++) {
        texts[i] = data + at;
        at += strlen(texts[i]) + 1;
    }
    return at;
}

static void random_formats(void **state)
{
    struct buffer cases = {0}, theirs, ours = {0};
    unsigned count = reference_rounds(CASES), i, n, wrong = 0;
    const char *texts[1 + ARGUMENTS];
    size_t at, start = 0;

    reference_need_bash();
    for (i = 0; i < count; i++) {
        at = cases.size;
        put_format(&cases);
        buffer_put_byte(&cases, '\0');
        for (n = 0; n < ARGUMENTS; n++) {
            const char *value = reference_choice(values);
            buffer_put(&cases, value, strlen(value) + 1);
        }
        at += take_texts(cases.data + at, texts);
        if (is_doubtful(texts)) cases.size = (size_t)(texts[0] - cases.data);
    }
    theirs = reference_bash(script, &cases);
    for (at = 0; at < cases.size;) {
        at += take_texts(cases.data + at, texts);
        start = ours.size;
        answer(texts, &ours);
        if (theirs.size >= ours.size &&
            memcmp(theirs.data + start, ours.data + start, ours.size - start) == 0)
            continue;
        if (wrong++ < 20)
            print_error("case <%s> <%s> <%s> <%s>\nours: %s\nbash: %s\n", texts[0], texts[1], texts[2],
                        texts[3], ours.data + start, theirs.data + start);
        ours.size = start; /* goes on with the next of theirs */
        while (start + 1 < theirs.size && memcmp(theirs.data + start, "\0\0", 2) != 0) start++;
        buffer_put(&ours, theirs.data + ours.size, start + 2 - ours.size);
    }
    assert_int_equal(wrong, 0);
    buffer_free(&cases);
    buffer_free(&theirs);
    buffer_free(&ours);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_formats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
