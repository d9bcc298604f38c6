/* pattern.h against bash 5.2: random patterns and texts; what matches, and what ${…#…}, ${…%…} and ${…/…}
 * take away, must be the same. */
#include "reference.h"

#include "shell/pattern.h"

#define CASES 1500

/* For each case: flags, pattern and text. */
static const char script[] =
    "while IFS= read -r -d '' f && IFS= read -r -d '' p && IFS= read -r -d '' t; do\n"
    "case $f in *e*) shopt -s extglob;; *) shopt -u extglob;; esac\n"
    "case $f in *i*) shopt -s nocasematch;; *) shopt -u nocasematch;; esac\n"
    "[[ $t == $p ]]; r=$?\n"
    "shopt -u nocasematch\n"
    "printf '%s|' $r \"${t#$p}\" \"${t##$p}\" \"${t%$p}\" \"${t%%$p}\"\n"
    "case $f in *i*) shopt -s nocasematch;; esac\n"
    "[[ $t ]] || { printf '|\\0'; continue; }\n"
    "printf '%s|%s\\0' \"${t/$p/<>}\" \"${t//$p/<>}\"; done\n";

static void put_replaced(struct buffer *output, const struct sh_pattern *pattern, const char *text,
                         size_t length, bool all, struct arena *scratch)
{
    struct sh_match match;
    size_t at = 0;

    /* Whether nothing is replaced in an empty text is the expander's business: bash decides it apart. */
    while (at < length) {
        int result = sh_pattern_search(pattern, text, length, at, scratch, &match);
        assert_true(result >= 0);
        if (result == 0) break;
        assert_true(match.start >= at && match.end >= match.start && match.end <= length);
        buffer_put(output, text + at, match.start - at);
        buffer_put_string(output, "<>");
        at = match.end;
        if (!all || at == length) break;
        if (match.start == match.end) {
            do buffer_put_byte(output, text[at++]);
            while (((unsigned char)text[at] & 0xc0) == 0x80);
        }
    }
    if (at < length) buffer_put(output, text + at, length - at);
}

static void answer(const char *flags, const char *pattern_text, const char *text, struct buffer *output)
{
    size_t length = strlen(text), at;
    unsigned i, wanted = (strchr(flags, 'e') ? SH_PATTERN_EXTGLOB : 0u);
    unsigned folding = wanted | (strchr(flags, 'i') ? SH_PATTERN_NOCASE : 0u);
    struct sh_pattern *pattern, *folded, *compared;
    struct arena arena;

    arena_init(&arena, NULL);
    assert_int_equal(sh_pattern_compile(&arena, pattern_text, strlen(pattern_text), wanted, &pattern, NULL),
                     0);
    assert_int_equal(sh_pattern_compile(&arena, pattern_text, strlen(pattern_text), folding, &folded, NULL),
                     0);
    folding |= SH_PATTERN_EXTGLOB; /* as always within [[ ]] */
    assert_int_equal(sh_pattern_compile(&arena, pattern_text, strlen(pattern_text), folding, &compared, NULL),
                     0);
    buffer_printf(output, "%d|", !sh_pattern_match(compared, text, length, &arena));
    for (i = 0; i < 4; i++) {
        bool found = i < 2 ? sh_pattern_prefix(pattern, text, length, i & 1, &arena, &at)
                           : sh_pattern_suffix(pattern, text, length, i & 1, &arena, &at);
        if (!found) at = i < 2 ? 0 : length;
        buffer_printf(output, "%.*s|", (int)(i < 2 ? length - at : at), i < 2 ? text + at : text);
    }
    put_replaced(output, folded, text, length, false, &arena);
    buffer_put_byte(output, '|');
    put_replaced(output, folded, text, length, true, &arena);
    arena_free(&arena);
}

static const char *const pieces[] = {
    "a",
    "a",
    "b",
    "b",
    "c",
    "*",
    "*",
    "?",
    "[ab]",
    "[!a]",
    "[^b]",
    "[a-c]",
    "[]a]",
    "\\*",
    "\\a",
    "[[:alpha:]]",
    "[[:upper:]]",
    "[[:digit:]-]",
    "[[.a.]b]",
    "[[:bad:]a]",
    "[a\\]]",
    "[c-a]",
    "[-a]",
    "[a-]",
    "[\\!a]",
    "\xc3\xa4",
    "\xc3\x84",
    "[\xc3\xa0-\xc3\xa5]",
    "[!\xc3\xa4]",
    "A",
    "B",
    "[A-B]",
    ".",
    "/",
    "[[.hyphen.]]",
    "[[.a.]-c]",
    "[a-[.c.]]",
    "[",
    "]",
    "[a",
    "-",
    ")",
    "|",
    "\xe2\x82\xac",
};
static const char *const openings[] = {"?(", "*(", "+(", "@(", "!("};
static const char *const letters[] = {
    "a",        "a",        "a", "b", "b", "c",  "A", "B", "-", "]", "[",
    "\xc3\xa4", "\xc3\x84", "*", ".", "/", "\\", "!", "(", ")", "|", "\xe2\x82\xac",
    "1"};

static void put_pattern(struct buffer *output, unsigned depth, bool groups)
{
    unsigned count = 1 + reference_random(depth == 2 ? 4 : 2), i;

    for (i = 0; i < count; i++) {
        if (groups && depth && reference_random(3) == 0) {
            buffer_put_string(output, reference_choice(openings));
            put_pattern(output, depth - 1, true);
            while (reference_random(2)) {
                buffer_put_byte(output, '|');
                if (reference_random(6)) put_pattern(output, depth - 1, true);
            }
            if (reference_random(40)) buffer_put_byte(output, ')');
        } else if (reference_random(3)) {
            buffer_put_string(output, pieces[reference_random(8)]);
        } else {
            buffer_put_string(output, reference_choice(pieces));
        }
    }
}

/* What bash itself gets wrong: behind * and ? it does not see that a group matches nothing, or is none; a
 * quoted star at the end is like one that is not. */
static bool is_doubtful(const char *pattern)
{
    size_t length = strlen(pattern), i;

    if (strrchr(pattern, '[') && !strchr(strrchr(pattern, '['), ']')) return true; /* in ${…/…} */
    if (length > 1 && memcmp(pattern + length - 2, "\\*", 2) == 0) return true;
    for (i = 0; i + 2 < length; i++)
        if (strchr("*?", pattern[i]) && strchr("?*+@!", pattern[i + 1]) && pattern[i + 2] == '(') return true;
    return false;
}

/* Patterns that people write, with a star before a group too. */
static const char *const known[] = {
    "*@(.c|.h)",
    "*.!(o|c)",
    "!(*.o)",
    "*+([0-9])",
    "+([[:space:]])",
    "*( )",
    "@(a|ab)*(c)",
    "*.@(tar.gz|tgz)",
    "!(a|b)",
    "+(a|b)c",
    "?(a)b",
    "*?(x)y",
    "*.*",
    "*/",
    "/*",
    "a*b*c",
    "*[!a]",
    "[[:alnum:]_-]*",
    "!(*)",
};
static const char *const known_texts[] = {
    "a.c", "a.o",     "aa.tar.gz", "b.tgz", "abc",   "12", "x12", "  x  ",
    "ab",  "aaabbbc", "y",         "xy",    "/a/b/", ".c", "a",
};

static void put_known(struct buffer *cases)
{
    size_t i, j;
    for (i = 0; i < sizeof known / sizeof known[0]; i++)
        for (j = 0; j < sizeof known_texts / sizeof known_texts[0]; j++) {
            buffer_put(cases, "e", 2);
            buffer_put(cases, known[i], strlen(known[i]) + 1);
            buffer_put(cases, known_texts[j], strlen(known_texts[j]) + 1);
        }
}

static void make_case(struct buffer *cases)
{
    bool groups = reference_random(2);
    unsigned count = reference_random(7), i;
    size_t pattern;

    if (groups) buffer_put_byte(cases, 'e');
    if (reference_random(4) == 0) buffer_put_byte(cases, 'i');
    buffer_put_byte(cases, '\0');
    pattern = cases->size;
    do {
        cases->size = pattern;
        put_pattern(cases, 2, groups);
    } while (is_doubtful(cases->data + pattern));
    buffer_put_byte(cases, '\0');
    for (i = 0; i < count; i++)
        buffer_put_string(cases,
                          reference_random(3) ? letters[reference_random(5)] : reference_choice(letters));
    buffer_put_byte(cases, '\0');
}

static void random_patterns(void **state)
{
    struct buffer cases = {0}, theirs, ours = {0};
    unsigned count = reference_rounds(CASES), wrong = 0, i;
    size_t at = 0, their_at = 0;

    reference_need_bash();
    put_known(&cases);
    for (i = 0; i < count; i++) make_case(&cases);
    assert_false(cases.failed);
    theirs = reference_bash(script, &cases);
    while (at < cases.size) {
        const char *flags = cases.data + at, *pattern = flags + strlen(flags) + 1;
        const char *text = pattern + strlen(pattern) + 1;
        buffer_clear(&ours);
        answer(flags, pattern, text, &ours);
        assert_true(their_at < theirs.size);
        if (strcmp(ours.data, theirs.data + their_at) != 0 && wrong++ < 20)
            print_error("[%s] pattern <%s> text <%s>\nours: %s\nbash: %s\n", flags, pattern, text, ours.data,
                        theirs.data + their_at);
        at = (size_t)(text - cases.data) + strlen(text) + 1;
        their_at += strlen(theirs.data + their_at) + 1;
    }
    assert_int_equal(wrong, 0);
    buffer_free(&theirs);
    buffer_free(&ours);
    buffer_free(&cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_patterns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
