/* glibc's GNU interface has a re_search() of its own. */
#undef _GNU_SOURCE
#define _POSIX_C_SOURCE 200809L

#include "regex/regex_posix.h"

#include <limits.h>
#include <locale.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "regex/translate.h"

/* A pattern is compiled twice: for bytes, and when a subject with characters beyond ASCII comes, for those.
 * What is no UTF-8 is searched as bytes, since musl finds nothing in it otherwise. */
struct re_posix {
    unsigned flags;
    bool compiled;
    regex_t regex;
    struct buffer pattern;
    enum { WIDE_NOT_YET, WIDE_COMPILED, WIDE_CANNOT_BE } wide_state;
    regex_t wide;
    /* Of the last search: where it began, and whether what is there up to known_end is for `wide`. */
    const char *last, *known_end;
    bool known_wide;
    size_t groups; /* of the pattern's author */
    struct re_groups {
        size_t count; /* of regcomp */
        unsigned char index[RE_GROUPS_MAX + 1];
    } own, wide_own;
};

static int posix_flags(const struct re_posix *posix)
{
    return (posix->flags & RE_EXTENDED ? REG_EXTENDED : 0) | (posix->flags & RE_IGNORE_CASE ? REG_ICASE : 0) |
           (posix->flags & RE_NEWLINE ? REG_NEWLINE : 0);
}

/* The letters of UTF-8, whatever the locale of the program; (locale_t)0 where there are none. */
static locale_t characters(void)
{
    static locale_t made;

    if (made == (locale_t)0) made = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    return made;
}

static int compile_wide_text(struct re_posix *posix, const char *text)
{
    locale_t before = uselocale(characters());
    int code = regcomp(&posix->wide, text, posix_flags(posix));

    uselocale(before);
    return code;
}

static void take_groups(struct re_groups *groups, const struct re_translation *translation)
{
    groups->count = translation->posix_groups;
    memcpy(groups->index, translation->posix_index, sizeof groups->index);
}

/* What cannot be compiled so is searched as bytes. */
static bool compile_wide(struct re_posix *posix)
{
    struct re_translation translation = {0};
    struct error error;
    int code;

    if (posix->wide_state != WIDE_NOT_YET) return posix->wide_state == WIDE_COMPILED;
    posix->wide_state = WIDE_CANNOT_BE;
    if (characters() == (locale_t)0) return false;
    if (!(posix->flags & RE_EXTENDED)) {
        code = compile_wide_text(posix, buffer_string(&posix->pattern));
        posix->wide_own = posix->own;
    } else {
        code = re_translate(posix->pattern.data, posix->pattern.size, posix->flags | RE_WIDE, &translation,
                            &error);
        if (code == 0) code = compile_wide_text(posix, buffer_string(&translation.text));
        take_groups(&posix->wide_own, &translation);
        buffer_free(&translation.text);
    }
    if (code == 0) posix->wide_state = WIDE_COMPILED;
    return code == 0;
}

static bool is_ascii(const char *text, size_t length)
{
    uint64_t word;
    size_t i = 0;

    for (; length - i >= sizeof word; i += sizeof word) {
        memcpy(&word, text + i, sizeof word);
        if (word & 0x8080808080808080u) return false;
    }
    for (; i < length; i++)
        if (text[i] & 0x80) return false;
    return true;
}

/* Whether a subject is searched for characters. Searches in one subject come from its beginning to its end,
 * and the one that finds nothing is the last: until then what is behind need not be looked at again. */
static bool is_wide(struct re_posix *posix, const char *at, const char *end)
{
    if (posix->last == NULL || at <= posix->last || end != posix->known_end) {
        size_t length = (size_t)(end - at);
        posix->known_wide = !is_ascii(at, length) && utf8_valid(at, length);
        posix->known_end = end;
    }
    posix->last = at;
    return posix->known_wide && compile_wide(posix);
}

static int compile_text(struct re_posix *posix, const char *text, const char *pattern, size_t length,
                        struct error *error)
{
    int code;
    char reason[160];

    code = regcomp(&posix->regex, text, posix_flags(posix));
    if (code == REG_ESPACE) return error_memory(error);
    if (code) {
        regerror(code, &posix->regex, reason, sizeof reason);
        return re_refuse(pattern, length, error, reason);
    }
    posix->compiled = true;
    return 0;
}

static int compile_extended(struct re_posix *posix, const char *pattern, size_t length, struct error *error)
{
    struct re_translation translation = {0};
    int result = re_translate(pattern, length, posix->flags, &translation, error);

    if (result == 0) {
        if (translation.ignore_case) posix->flags |= RE_IGNORE_CASE;
        posix->groups = translation.groups;
        take_groups(&posix->own, &translation);
        result = compile_text(posix, buffer_string(&translation.text), pattern, length, error);
    }
    buffer_free(&translation.text);
    return result;
}

static int compile_basic(struct re_posix *posix, const char *pattern, size_t length, struct error *error)
{
    struct buffer text = {0};
    size_t i;
    int result;

    buffer_put(&text, pattern, length);
    result =
        text.failed ? error_memory(error) : compile_text(posix, buffer_string(&text), pattern, length, error);
    buffer_free(&text);
    if (result < 0) return result;
    if (posix->regex.re_nsub > RE_GROUPS_MAX)
        return re_refuse(pattern, length, error, "it has over 99 groups");
    posix->groups = posix->own.count = posix->regex.re_nsub;
    for (i = 0; i <= posix->groups; i++) posix->own.index[i] = (unsigned char)i;
    return 0;
}

int re_posix_compile(const char *pattern, size_t length, unsigned flags, struct re_posix **out,
                     struct error *error)
{
    struct re_posix *posix;
    int result;

    *out = NULL;
    if (memchr(pattern, '\0', length))
        return error_set(error, UMBRA_EINVAL, "a pattern with a NUL byte in it");
    posix = calloc(1, sizeof *posix);
    if (posix == NULL) return error_memory(error);
    posix->flags = flags;
    buffer_put(&posix->pattern, pattern, length);
    if (posix->pattern.failed)
        result = error_memory(error);
    else if (flags & RE_EXTENDED)
        result = compile_extended(posix, pattern, length, error);
    else
        result = compile_basic(posix, pattern, length, error);
    if (result < 0) {
        re_posix_free(posix);
        return result;
    }
    *out = posix;
    return 0;
}

void re_posix_free(struct re_posix *posix)
{
    if (posix == NULL) return;
    if (posix->compiled) regfree(&posix->regex);
    if (posix->wide_state == WIDE_COMPILED) regfree(&posix->wide);
    buffer_free(&posix->pattern);
    free(posix);
}

size_t re_posix_groups(const struct re_posix *posix)
{
    return posix->groups;
}

/* Searches [from, end) of a subject without NULs that begins at `start`; offsets in found count from *origin.
 */
#ifdef REG_STARTEND
static int execute(const struct re_posix *posix, const regex_t *regex, const char *subject, size_t start,
                   size_t end, size_t from, int flags, regmatch_t *found, size_t count, size_t *origin)
{
    (void)posix;
    if (end - start > INT_MAX) return REG_ESPACE;
    *origin = start;
    found[0].rm_so = (regoff_t)(from - start);
    found[0].rm_eo = (regoff_t)(end - start);
    return regexec(regex, subject + start, count, found, flags | REG_STARTEND);
}
#else
static int execute(const struct re_posix *posix, const regex_t *regex, const char *subject, size_t start,
                   size_t end, size_t from, int flags, regmatch_t *found, size_t count, size_t *origin)
{
    char *copy = malloc(end - from + 1);
    int code;

    if (copy == NULL) return REG_ESPACE;
    *origin = from;
    memcpy(copy, subject + from, end - from);
    copy[end - from] = '\0';
    if (from > start) {
        flags |= REG_NOTBOL;
        if ((posix->flags & RE_NEWLINE) && subject[from - 1] == '\n') flags &= ~REG_NOTBOL;
    }
    code = regexec(regex, copy, count, found, flags);
    free(copy);
    return code;
}
#endif

static void give_matches(const struct re_posix *posix, const struct re_groups *groups,
                         const regmatch_t *found, size_t origin, struct regex_match *matches, size_t count)
{
    size_t i;
    for (i = 0; i < count; i++) {
        const regmatch_t *group = i <= posix->groups ? &found[groups->index[i]] : NULL;
        bool took_part = group && group->rm_so >= 0;
        matches[i].start = took_part ? origin + (size_t)group->rm_so : (size_t)-1;
        matches[i].end = took_part ? origin + (size_t)group->rm_eo : (size_t)-1;
    }
}

int re_posix_search(struct re_posix *posix, const char *subject, size_t length, size_t from, bool not_begin,
                    struct regex_match *matches, size_t count)
{
    bool wide = length > from && is_wide(posix, subject + from, subject + length);
    regmatch_t found[RE_GROUPS_MAX + 1];
    const struct re_groups *groups = wide ? &posix->wide_own : &posix->own;
    locale_t before;
    const char *nul;
    size_t start = from, slots = count == 0 ? 0 : count == 1 ? 1 : groups->count + 1;

    if (length == 0 || memchr(subject, '\0', length) == NULL) start = 0;
    while (start > 0 && subject[start - 1] != '\0') start--;
    for (;;) {
        size_t end, origin = 0;
        int flags, code;

        nul = length > from ? memchr(subject + from, '\0', length - from) : NULL;
        end = nul ? (size_t)(nul - subject) : length;
        flags = (start > 0 || not_begin ? REG_NOTBOL : 0) | (nul ? REG_NOTEOL : 0);
        before = wide ? uselocale(characters()) : (locale_t)0;
        code = execute(posix, wide ? &posix->wide : &posix->regex, subject, start, end, from, flags, found,
                       slots, &origin);
        if (wide) uselocale(before);

        if (code == 0) {
            give_matches(posix, groups, found, origin, matches, count);
            return 1;
        }
        if (code != REG_NOMATCH || nul == NULL) posix->last = NULL;
        if (code != REG_NOMATCH) return UMBRA_ENOMEM;
        if (nul == NULL) return 0;
        start = from = end + 1;
    }
}
