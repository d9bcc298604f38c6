/* glibc's GNU interface has a re_search() of its own. */
#undef _GNU_SOURCE
#define _POSIX_C_SOURCE 200809L

#include "regex/regex_posix.h"

#include <limits.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "regex/translate.h"

struct re_posix {
    unsigned flags;
    bool compiled;
    regex_t regex;
    size_t groups;       /* of the pattern's author */
    size_t posix_groups; /* of regcomp */
    unsigned char posix_index[RE_GROUPS_MAX + 1];
};

static int compile_text(struct re_posix *posix, const char *text, const char *pattern, size_t length,
                        struct error *error)
{
    int flags = 0, code;
    char reason[160];

    if (posix->flags & RE_EXTENDED) flags |= REG_EXTENDED;
    if (posix->flags & RE_IGNORE_CASE) flags |= REG_ICASE;
    if (posix->flags & RE_NEWLINE) flags |= REG_NEWLINE;
    code = regcomp(&posix->regex, text, flags);
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
        posix->posix_groups = translation.posix_groups;
        memcpy(posix->posix_index, translation.posix_index, sizeof posix->posix_index);
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
    posix->groups = posix->posix_groups = posix->regex.re_nsub;
    for (i = 0; i <= posix->groups; i++) posix->posix_index[i] = (unsigned char)i;
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
    if (flags & RE_EXTENDED)
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
    free(posix);
}

size_t re_posix_groups(const struct re_posix *posix)
{
    return posix->groups;
}

/* Searches [from, end) of a subject without NULs that begins at `start`; offsets in found count from *origin.
 */
#ifdef REG_STARTEND
static int execute(const struct re_posix *posix, const char *subject, size_t start, size_t end, size_t from,
                   int flags, regmatch_t *found, size_t count, size_t *origin)
{
    if (end - start > INT_MAX) return REG_ESPACE;
    *origin = start;
    found[0].rm_so = (regoff_t)(from - start);
    found[0].rm_eo = (regoff_t)(end - start);
    return regexec(&posix->regex, subject + start, count, found, flags | REG_STARTEND);
}
#else
static int execute(const struct re_posix *posix, const char *subject, size_t start, size_t end, size_t from,
                   int flags, regmatch_t *found, size_t count, size_t *origin)
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
    code = regexec(&posix->regex, copy, count, found, flags);
    free(copy);
    return code;
}
#endif

static void give_matches(const struct re_posix *posix, const regmatch_t *found, size_t origin,
                         struct regex_match *matches, size_t count)
{
    size_t i;
    for (i = 0; i < count; i++) {
        const regmatch_t *group = i <= posix->groups ? &found[posix->posix_index[i]] : NULL;
        bool took_part = group && group->rm_so >= 0;
        matches[i].start = took_part ? origin + (size_t)group->rm_so : (size_t)-1;
        matches[i].end = took_part ? origin + (size_t)group->rm_eo : (size_t)-1;
    }
}

int re_posix_search(const struct re_posix *posix, const char *subject, size_t length, size_t from,
                    bool not_begin, struct regex_match *matches, size_t count)
{
    regmatch_t found[RE_GROUPS_MAX + 1];
    const char *nul;
    size_t start = from, slots = count == 0 ? 0 : count == 1 ? 1 : posix->posix_groups + 1;

    if (length == 0 || memchr(subject, '\0', length) == NULL) start = 0;
    while (start > 0 && subject[start - 1] != '\0') start--;
    for (;;) {
        size_t end, origin = 0;
        int flags, code;

        nul = length > from ? memchr(subject + from, '\0', length - from) : NULL;
        end = nul ? (size_t)(nul - subject) : length;
        flags = (start > 0 || not_begin ? REG_NOTBOL : 0) | (nul ? REG_NOTEOL : 0);
        code = execute(posix, subject, start, end, from, flags, found, slots, &origin);

        if (code == 0) {
            give_matches(posix, found, origin, matches, count);
            return 1;
        }
        if (code != REG_NOMATCH) return UMBRA_ENOMEM;
        if (nul == NULL) return 0;
        start = from = end + 1;
    }
}
