/* A path pattern, a NUL, a path. With the first byte's lowest bit set the pattern is a regular expression
 * instead, compiled with the flags in its other bits. */
#include <stdlib.h>
#include <string.h>

#include "fs/glob.h"
#include "regex/regex.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void match_glob(const char *pattern, size_t length, const char *path, size_t path_length)
{
    struct fs_glob *glob;
    struct error error = {0};
    bool first;

    if (fs_glob_compile(pattern, length, &glob, &error) < 0) {
        if (error.code != UMBRA_EINVAL || error.message[0] == '\0') abort();
        return;
    }
    first = fs_glob_match(glob, path, path_length);
    if (fs_glob_match(glob, path, path_length) != first) abort();
    fs_glob_free(glob);
}

/* text is followed by a NUL: Clang's AddressSanitizer does not know that REG_STARTEND gives a length. */
static void match_regex(unsigned flags, const char *pattern, size_t length, const char *text,
                        size_t text_length)
{
    struct regex *regex;
    struct error error = {0};
    struct regex_match matches[4];
    size_t from;

    /* basic patterns go to regcomp() unseen, back-references and all; no tool makes them */
    if (!(flags & RE_LITERAL)) flags |= RE_EXTENDED;
    if (re_compile(pattern, length, flags, &regex, &error) < 0) {
        if (error.code != UMBRA_EINVAL || error.message[0] == '\0') abort();
        return;
    }
    for (from = 0; from <= text_length && from < 4; from++) {
        int found = re_search(regex, text, text_length, from, false, matches, 4);
        if (found < 0) abort();
        if (found == 0) continue;
        if (matches[0].start < from || matches[0].end < matches[0].start || matches[0].end > text_length)
            abort();
    }
    re_free(regex);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const char *border;
    char *copy;
    size_t length;

    if (size < 2) return 0;
    copy = malloc(size);
    if (copy == NULL) return 0;
    memcpy(copy, data + 1, size - 1);
    copy[--size] = '\0';
    border = memchr(copy, '\0', size + 1);
    length = (size_t)(border - copy);
    if (length < size) border++;
    if (data[0] & 1)
        match_regex(data[0] & 0x3e, copy, length, border, (size_t)(copy + size - border));
    else
        match_glob(copy, length, border, (size_t)(copy + size - border));
    free(copy);
    return 0;
}
