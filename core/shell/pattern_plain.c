/* Patterns of characters, sets and stars: after a star what follows is looked for at the nearest place that
 * has it. A later place could only leave less for what comes behind, so no star is ever tried again once the
 * next one is reached; time is at most pattern length times text length. */
#include "shell/pattern_code.h"

/* The characters from `at` to `to` that a star takes: true when it takes all of them. */
static bool star_takes(const struct sh_pattern *pattern, const struct pattern_code *star, const char *text,
                       size_t length, size_t at, size_t to)
{
    if (!(pattern->flags & SH_PATTERN_PATH)) return true;
    while (at < to) {
        size_t size = pattern_takes(pattern, star, text, length, at);
        if (size == 0) return false;
        at += size;
    }
    return true;
}

/* Past one instruction that is no star; PATTERN_NOWHERE when it does not match. */
static inline size_t step(const struct sh_pattern *pattern, const struct pattern_code *code, const char *text,
                          size_t length, size_t at)
{
    if (code->op == PATTERN_LITERAL) {
        if (length - at < code->size || memcmp(text + at, pattern->literal + code->from, code->size) != 0)
            return PATTERN_NOWHERE;
        return at + code->size;
    }
    if (at == length) return PATTERN_NOWHERE;
    size_t size = pattern_takes(pattern, code, text, length, at);
    return size ? at + size : PATTERN_NOWHERE;
}

/* Past all instructions up to the next star or the end. */
static size_t piece(const struct sh_pattern *pattern, const struct pattern_code **code, const char *text,
                    size_t length, size_t at)
{
    while ((*code)->op != PATTERN_STAR && (*code)->op != PATTERN_END) {
        at = step(pattern, *code, text, length, at);
        if (at == PATTERN_NOWHERE) break;
        ++*code;
    }
    return at;
}

/* The next place from `at` on where the piece behind a star can begin; its literal bytes are looked for. */
static size_t candidate(const struct sh_pattern *pattern, const struct pattern_code *code, const char *text,
                        size_t length, size_t at)
{
    const char *found;

    if (code->op != PATTERN_LITERAL) return at;
    found = at < length ? memchr(text + at, pattern->literal[code->from], length - at) : NULL;
    return found ? (size_t)(found - text) : PATTERN_NOWHERE;
}

/* The piece behind the star, at a place that the star (from `at`) can reach: where it ends, with *code behind
 * it. For the last piece the goal says which place. */
static size_t star_piece(const struct sh_pattern *pattern, const struct pattern_code **code, const char *text,
                         size_t length, size_t at, enum pattern_goal goal)
{
    const struct pattern_code *star = *code, *first = star + 1, *behind;
    size_t result = PATTERN_NOWHERE, end, next;

    for (;;) {
        next = candidate(pattern, first, text, length, at);
        if (next == PATTERN_NOWHERE || !star_takes(pattern, star, text, length, at, next)) break;
        at = next;
        behind = first;
        end = piece(pattern, &behind, text, length, at);
        if (end != PATTERN_NOWHERE) {
            bool last = behind->op == PATTERN_END;
            *code = behind;
            if (!last || goal == PATTERN_NEAREST || (goal == PATTERN_WHOLE && end == length)) return end;
            if (goal == PATTERN_FARTHEST) result = end;
        }
        if (at == length) break;
        next = pattern_takes(pattern, star, text, length, at);
        if (next == 0) break;
        at += next;
    }
    return result;
}

/* The star is the last instruction: as far as the goal wants. */
static size_t last_star(const struct sh_pattern *pattern, const struct pattern_code *star, const char *text,
                        size_t length, size_t at, enum pattern_goal goal)
{
    if (goal == PATTERN_NEAREST) return at;
    if (!(pattern->flags & SH_PATTERN_PATH)) return length;
    while (at < length) {
        size_t size = pattern_takes(pattern, star, text, length, at);
        if (size == 0) break;
        at += size;
    }
    return goal == PATTERN_WHOLE && at < length ? PATTERN_NOWHERE : at;
}

size_t pattern_plain_forward(const struct sh_pattern *pattern, const char *text, size_t length, size_t at,
                             enum pattern_goal goal, bool *hopeless)
{
    const struct pattern_code *code = pattern->code;

    if (hopeless) *hopeless = false;
    at = piece(pattern, &code, text, length, at);
    if (at == PATTERN_NOWHERE) return at;
    if (code->op == PATTERN_END) return goal == PATTERN_WHOLE && at < length ? PATTERN_NOWHERE : at;
    /* What is behind a star is not found: neither from a later place, if the star can go anywhere. */
    if (hopeless) *hopeless = !(pattern->flags & SH_PATTERN_PATH);
    while (at != PATTERN_NOWHERE && code->op != PATTERN_END) {
        if (!pattern_may_begin(pattern, text, length, at)) return PATTERN_NOWHERE;
        if (code[1].op == PATTERN_END) return last_star(pattern, code, text, length, at, goal);
        at = star_piece(pattern, &code, text, length, at, goal);
    }
    return at;
}

/* --- Backwards --- */

/* Where the character that ends at `at` begins: the well-formed sequence, or the byte. */
static size_t before(const char *text, size_t at)
{
    size_t back;

    if ((unsigned char)text[at - 1] < 0x80) return at - 1;
    for (back = 2; back <= 4 && back <= at; back++)
        if (utf8_decode(text + at - back, back, NULL) == back) return at - back;
    return at - 1;
}

static size_t step_back(const struct sh_pattern *pattern, const struct pattern_code *code, const char *text,
                        size_t length, size_t at)
{
    size_t start;

    if (code->op == PATTERN_LITERAL) {
        if (at < code->size) return PATTERN_NOWHERE;
        start = at - code->size;
        return memcmp(text + start, pattern->literal + code->from, code->size) == 0 ? start : PATTERN_NOWHERE;
    }
    if (at == 0) return PATTERN_NOWHERE;
    start = before(text, at);
    return pattern_takes(pattern, code, text, length, start) ? start : PATTERN_NOWHERE;
}

/* *code: behind the piece; afterwards behind the star before it, or at the first instruction. */
static size_t piece_back(const struct sh_pattern *pattern, const struct pattern_code **code, const char *text,
                         size_t length, size_t at)
{
    while (*code > pattern->code && (*code)[-1].op != PATTERN_STAR) {
        at = step_back(pattern, *code - 1, text, length, at);
        if (at == PATTERN_NOWHERE) break;
        --*code;
    }
    return at;
}

/* The nearest place, `at` or before it, that a literal which ends in a letter of one byte can end at; behind
 * the first byte there is always something to try. */
static size_t candidate_back(const struct sh_pattern *pattern, const struct pattern_code *star,
                             const char *text, size_t at)
{
    unsigned char last;

    if (star == pattern->code || star[-1].op != PATTERN_LITERAL || pattern->flags & SH_PATTERN_PATH)
        return at;
    last = (unsigned char)pattern->literal[star[-1].from + star[-1].size - 1];
    if (last >= 0x80) return at;
    while (at > 0 && (unsigned char)text[at - 1] != last) at--;
    return at;
}

/* The piece before the star that *code is behind. */
static size_t star_piece_back(const struct sh_pattern *pattern, const struct pattern_code **code,
                              const char *text, size_t length, size_t at, enum pattern_goal goal)
{
    const struct pattern_code *star = *code - 1, *first;
    size_t result = PATTERN_NOWHERE, start;

    for (;;) {
        at = candidate_back(pattern, star, text, at);
        first = star;
        start = PATTERN_NOWHERE;
        if (pattern_may_begin(pattern, text, length, at))
            start = piece_back(pattern, &first, text, length, at);
        if (start != PATTERN_NOWHERE) {
            bool last = first == pattern->code;
            *code = first;
            if (!last || goal == PATTERN_NEAREST) return start;
            result = start;
        }
        if (at == 0) break;
        at = before(text, at);
        if (!pattern_takes(pattern, star, text, length, at)) break;
    }
    return result;
}

static size_t first_star(const struct sh_pattern *pattern, const char *text, size_t length, size_t at,
                         enum pattern_goal goal)
{
    if (goal == PATTERN_NEAREST) return pattern_may_begin(pattern, text, length, at) ? at : PATTERN_NOWHERE;
    if (!(pattern->flags & SH_PATTERN_PATH)) return 0;
    while (at > 0) {
        size_t start = before(text, at);
        if (!pattern_takes(pattern, pattern->code, text, length, start)) break;
        at = start;
    }
    return pattern_may_begin(pattern, text, length, at) ? at : PATTERN_NOWHERE;
}

size_t pattern_plain_backward(const struct sh_pattern *pattern, const char *text, size_t length,
                              enum pattern_goal goal)
{
    const struct pattern_code *code = pattern->code + pattern->count - 1;
    size_t at = piece_back(pattern, &code, text, length, length);

    while (at != PATTERN_NOWHERE && code > pattern->code) {
        if (code - 1 == pattern->code) return first_star(pattern, text, length, at, goal);
        at = star_piece_back(pattern, &code, text, length, at, goal);
    }
    return at;
}
