#include "shell/pattern_code.h"

#include "base/letters.h"

bool pattern_set_has(const struct pattern_set *set, uint32_t code_point, bool ignore_case)
{
    uint32_t folded = ignore_case ? letter_lower(code_point) : code_point;
    bool found = false;
    size_t i;

    for (i = 0; i < set->count && !found; i++)
        found = folded >= set->ranges[i].first && folded <= set->ranges[i].last;
    if (!found && set->classes)
        for (i = 0; i <= LETTER_XDIGIT && !found; i++)
            found = (set->classes >> i & 1) && letter_is(code_point, (enum letter_class)i);
    return found != set->negated;
}

static bool set_takes(const struct sh_pattern *pattern, const struct pattern_set *set, uint32_t code_point)
{
    if (code_point < 0x80) return set->ascii[code_point >> 5] >> (code_point & 31) & 1;
    return pattern_set_has(set, code_point, pattern->flags & SH_PATTERN_NOCASE);
}

size_t pattern_takes(const struct sh_pattern *pattern, const struct pattern_code *code, const char *text,
                     size_t length, size_t at)
{
    uint32_t code_point;
    size_t size = pattern_decode(text + at, length - at, &code_point);

    if (code->op == PATTERN_CHAR) {
        if (code_point == code->code_point) return size;
        if (!(pattern->flags & SH_PATTERN_NOCASE)) return 0;
        return letter_lower(code_point) == code->code_point ? size : 0;
    }
    if (pattern->flags & SH_PATTERN_PATH) {
        if (code_point == '/') return 0;
        if (code_point == '.' && !(pattern->flags & SH_PATTERN_DOTGLOB) && (at == 0 || text[at - 1] == '/'))
            return 0;
    }
    if (code->op == PATTERN_SET && !set_takes(pattern, code->set, code_point)) return 0;
    return size;
}

int sh_pattern_match(const struct sh_pattern *pattern, const char *text, size_t length, struct arena *scratch)
{
    struct sh_match match;

    if (pattern->is_literal)
        return length == pattern->literal_length &&
               (length == 0 || memcmp(text, pattern->literal, length) == 0);
    if (pattern->has_groups)
        return pattern_group_match(pattern, text, length, 0, QUEST_WHOLE, scratch, &match);
    return pattern_plain_forward(pattern, text, length, 0, PATTERN_WHOLE, NULL) != PATTERN_NOWHERE;
}

int sh_pattern_prefix(const struct sh_pattern *pattern, const char *text, size_t length, bool longest,
                      struct arena *scratch, size_t *end)
{
    struct sh_match match = {0, 0};
    int result;

    if (pattern->has_groups) {
        result = pattern_group_match(pattern, text, length, 0,
                                     longest ? QUEST_LONGEST_PREFIX : QUEST_SHORTEST_PREFIX, scratch, &match);
        *end = match.end;
        return result;
    }
    *end =
        pattern_plain_forward(pattern, text, length, 0, longest ? PATTERN_FARTHEST : PATTERN_NEAREST, NULL);
    return *end != PATTERN_NOWHERE;
}

int sh_pattern_suffix(const struct sh_pattern *pattern, const char *text, size_t length, bool longest,
                      struct arena *scratch, size_t *start)
{
    struct sh_match match = {0, 0};
    int result;

    if (pattern->has_groups) {
        result = pattern_group_match(pattern, text, length, 0,
                                     longest ? QUEST_LONGEST_SUFFIX : QUEST_SHORTEST_SUFFIX, scratch, &match);
        *start = match.start;
        return result;
    }
    *start = pattern_plain_backward(pattern, text, length, longest ? PATTERN_FARTHEST : PATTERN_NEAREST);
    return *start != PATTERN_NOWHERE;
}

int sh_pattern_search_some(const struct sh_pattern *pattern, const char *text, size_t length, size_t *from,
                           size_t most, struct arena *scratch, struct sh_match *match)
{
    const struct pattern_code *first = pattern->code;
    size_t end = most < length - *from ? *from + most : length;
    bool hopeless = false;

    if (pattern->has_groups)
        return pattern_group_match(pattern, text, length, *from, QUEST_SEARCH, scratch, match);
    for (;;) {
        uint32_t code_point;
        if (first->op == PATTERN_LITERAL) {
            const char *found =
                end > *from ? memchr(text + *from, pattern->literal[first->from], end - *from) : NULL;
            if (found == NULL && end == length) return 0;
            *from = found ? (size_t)(found - text) : end;
            if (found == NULL) return UMBRA_EAGAIN;
        }
        match->start = *from;
        match->end = pattern_plain_forward(pattern, text, length, *from, PATTERN_FARTHEST, &hopeless);
        if (match->end != PATTERN_NOWHERE) return 1;
        if (hopeless || *from == length) return 0;
        *from += pattern_decode(text + *from, length - *from, &code_point);
        if (*from >= end && end < length) return UMBRA_EAGAIN;
    }
}

int sh_pattern_search(const struct sh_pattern *pattern, const char *text, size_t length, size_t from,
                      struct arena *scratch, struct sh_match *match)
{
    return sh_pattern_search_some(pattern, text, length, &from, SIZE_MAX, scratch, match);
}

bool sh_pattern_is_literal(const struct sh_pattern *pattern, const char **text, size_t *length)
{
    *text = pattern->literal;
    *length = pattern->literal_length;
    return pattern->is_literal;
}

bool sh_pattern_has_glob(const char *text, size_t length, unsigned flags)
{
    bool open = false;
    size_t i;

    for (i = 0; i < length; i++) {
        switch (text[i]) {
        case '*':
        case '?':
            return true;
        case '[':
            open = true;
            break;
        case ']':
            if (open) return true;
            break;
        case '\\':
            i++;
            break;
        case '+':
        case '@':
        case '!':
            if ((flags & SH_PATTERN_EXTGLOB) && i + 1 < length && text[i + 1] == '(') return true;
            break;
        default:
            break;
        }
    }
    return false;
}
