/* quote.h against bash 5.2: random bytes in each quoted form, and random escapes in each kind. */
#include "reference.h"

#include "shell/quote.h"

#define CASES 600

static const char quote_script[] =
    "while IFS= read -r -d '' x; do\n"
    "d=$(declare -p x; echo .); s=$(set; echo .); s=${s#*$'\\n'x=}\n"
    "printf '%q|%s|%s|%s\\0' \"$x\" \"${x@Q}\" \"${d%$'\\n'.}\" \"${s%%$'\\n'*}\"\n"
    "unset d s; done\n";

static const char escape_script[] = "while IFS= read -r -d '' x; do\n"
                                    "eval \"printf %s \\$'$x'\"; printf '\\0'; echo -e \"$x\"; printf '\\0'\n"
                                    "printf '%b' \"$x\" 2>/dev/null; printf '\\0'; x=${x//%/%%}; printf "
                                    "\"$x\" 2>/dev/null; printf '\\0\\0'; done\n";

static const char *const pieces[] = {
    "a",        "b",  " ",  "'",    "\"",   "\\",   "$",        "`",    "~",
    "#",        "=",  ":",  "!",    "{",    "}",    "[",        "]",    "*",
    "?",        "\t", "\n", "\x01", "\x7f", "\x1b", "\xc3\xbc", "\xff", "\xe2\x80\xa8",
    "\xc2\xad", ",",  "%",  "^",    "|",    "&",    ";",        "<",    ">",
    "(",        ")",  "-",  "/",    "."};
static const char *const escapes[] = {
    "\\a",    "\\b",      "\\e",       "\\E",        "\\f",     "\\n",         "\\r",     "\\t",
    "\\v",    "\\\\",     "\\1",       "\\12",       "\\101",   "\\0101",      "\\08",    "\\377",
    "\\0377", "\\x41",    "\\x4",      "\\x",        "\\xg",    "\\x{41}",     "\\x{141", "\\u41",
    "\\u",    "\\u00e4",  "\\U1F600",  "\\Ug",       "\\ud800", "\\U7fffffff", "\\cA",    "\\c?",
    "\\c",    "\\c[",     "\\\"",      "\\?",        "\\q",     "\\8",         "a",       "b",
    "1",      "0",        "\xc3\xbc",  "\\x80",      "%",       "\\u7f",       "\\u80",   "\\u7ff",
    "\\u800", "\\U10000", "\\U200000", "\\U4000000", "\\777",
};

static void random_quotes(void **state)
{
    struct buffer cases = {0}, theirs, ours = {0};
    unsigned count = reference_rounds(CASES), i, n;
    size_t at = 0, their_at = 0;

    reference_need_bash();
    for (i = 0; i < count; i++) {
        for (n = reference_random(7); n > 0; n--) buffer_put_string(&cases, reference_choice(pieces));
        buffer_put_byte(&cases, '\0');
    }
    theirs = reference_bash(quote_script, &cases);
    for (; at < cases.size; at += strlen(cases.data + at) + 1) {
        const char *text = cases.data + at;
        size_t length = strlen(text);
        buffer_clear(&ours);
        sh_quote(&ours, text, length, SH_QUOTE_BACKSLASH);
        buffer_put_byte(&ours, '|');
        sh_quote(&ours, text, length, SH_QUOTE_SINGLE);
        buffer_put_string(&ours, "|declare -- x=");
        sh_quote(&ours, text, length, SH_QUOTE_DOUBLE);
        buffer_put_byte(&ours, '|');
        sh_quote(&ours, text, length, SH_QUOTE_NEEDED);
        assert_string_equal(ours.data, theirs.data + their_at);
        their_at += strlen(theirs.data + their_at) + 1;
    }
    buffer_free(&cases);
    buffer_free(&theirs);
    buffer_free(&ours);
}

static void random_escapes(void **state)
{
    struct buffer cases = {0}, theirs, ours = {0};
    unsigned count = reference_rounds(CASES), i, n;
    size_t at = 0;

    reference_need_bash();
    for (i = 0; i < count; i++) {
        for (n = 1 + reference_random(4); n > 0; n--) buffer_put_string(&cases, reference_choice(escapes));
        buffer_put_byte(&cases, '\0');
    }
    theirs = reference_bash(escape_script, &cases);
    for (; at < cases.size; at += strlen(cases.data + at) + 1) {
        const char *text = cases.data + at;
        size_t length = strlen(text), start = ours.size;
        sh_unescape(&ours, text, length, SH_ESCAPES_DOLLAR);
        buffer_put_byte(&ours, '\0');
        if (!sh_unescape(&ours, text, length, SH_ESCAPES_ECHO)) buffer_put_byte(&ours, '\n');
        buffer_put_byte(&ours, '\0');
        sh_unescape(&ours, text, length, SH_ESCAPES_BYTES);
        buffer_put_byte(&ours, '\0');
        sh_unescape(&ours, text, length, SH_ESCAPES_FORMAT);
        buffer_put(&ours, "\0", 2);
        if (theirs.size < ours.size || memcmp(theirs.data + start, ours.data + start, ours.size - start) != 0)
            fail_msg("case <%s>: ours <%s> bash <%s>", text, ours.data + start, theirs.data + start);
    }
    assert_int_equal(ours.size, theirs.size);
    buffer_free(&cases);
    buffer_free(&theirs);
    buffer_free(&ours);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_quotes),
        cmocka_unit_test(random_escapes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
