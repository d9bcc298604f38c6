/* A byte of flags, a pattern, a NUL, a text: what the ways of matching say must agree with one another. */
#include <stdlib.h>

#include "shell/pattern.h"

#define LENGTH_MAX 400 /* of the text: "!(…)" within "!(…)" takes the square of it */

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void check(const struct sh_pattern *pattern, const char *text, size_t length, struct arena *scratch)
{
    size_t shortest, longest, used = scratch->at;
    struct sh_match match;
    int whole = sh_pattern_match(pattern, text, length, scratch);
    int near = sh_pattern_prefix(pattern, text, length, false, scratch, &shortest);
    int far = sh_pattern_prefix(pattern, text, length, true, scratch, &longest);

    if (whole < 0 || near != far || (whole && !near)) abort();
    if (near && (shortest > longest || longest > length || (whole && longest != length))) abort();
    if (near && sh_pattern_match(pattern, text, longest, scratch) != 1) abort();
    near = sh_pattern_suffix(pattern, text, length, false, scratch, &shortest);
    far = sh_pattern_suffix(pattern, text, length, true, scratch, &longest);
    if (near != far || (whole && !near)) abort();
    if (near && (shortest < longest || shortest > length || (whole && longest != 0))) abort();
    far = sh_pattern_search(pattern, text, length, 0, scratch, &match);
    if (near && !far) abort();
    if (far &&
        (match.end > length || match.start > match.end || (whole && match.end - match.start != length)))
        abort();
    if (scratch->at != used) abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct memory_account account = {.limit = 64u << 20};
    struct arena arena;
    struct sh_pattern *pattern;
    const unsigned char *border;
    struct error error;
    size_t length;

    if (size < 2) return 0;
    border = memchr(data + 1, '\0', size - 1);
    length = border ? (size_t)(border - data) - 1 : size - 1;
    arena_init(&arena, &account);
    if (sh_pattern_compile(&arena, (const char *)data + 1, length, data[0], &pattern, &error) == 0) {
        const char *literal, *text = border ? (const char *)border + 1 : "";
        size_t literal_length, text_length = border ? size - length - 2 : 0;
        if (text_length > LENGTH_MAX) text_length = LENGTH_MAX;
        check(pattern, text, text_length, &arena);
        if (sh_pattern_is_literal(pattern, &literal, &literal_length))
            if (sh_pattern_match(pattern, literal, literal_length, &arena) != 1) abort();
        sh_pattern_has_glob((const char *)data + 1, length, data[0]);
    } else if (error.code != UMBRA_ELIMIT) {
        abort();
    }
    arena_free(&arena);
    if (account.used) abort();
    return 0;
}
