#include "shell/pattern_code.h"

#include "base/letters.h"

#define CODE_FIRST   16u /* instructions to begin with */
#define RANGES_FIRST 8u
#define NAME_LIMIT   32u /* bytes of the name of a class or a collating symbol */
#define NO_TARGET    UINT32_MAX
#define INVALID      UINT32_MAX /* as a character: a collating symbol that does not exist */

struct compiler {
    struct arena *arena;
    const char *text;
    size_t at;
    struct sh_pattern *pattern;
    size_t capacity;
    size_t pending; /* where the literal bytes begin that have no instructions yet */
    bool single;    /* one instruction for each character: for groups and NOCASE */
    unsigned depth;
    int failure; /* 0 or a negative code */
};

/* --- Code --- */

static uint32_t emit(struct compiler *compiler, struct pattern_code code)
{
    struct sh_pattern *pattern = compiler->pattern;

    if (compiler->failure) return 0;
    if (pattern->count == compiler->capacity) {
        size_t capacity = compiler->capacity ? 2 * compiler->capacity : CODE_FIRST;
        struct pattern_code *grown = arena_grow(compiler->arena, pattern->code,
                                                pattern->count * sizeof *grown, capacity * sizeof *grown);
        if (grown == NULL) {
            compiler->failure = UMBRA_ENOMEM;
            return 0;
        }
        pattern->code = grown;
        compiler->capacity = capacity;
    }
    pattern->code[pattern->count] = code;
    return (uint32_t)pattern->count++;
}

/* Makes instructions of the literal bytes that were met. */
static void flush_literal(struct compiler *compiler)
{
    struct sh_pattern *pattern = compiler->pattern;
    size_t end = pattern->literal_length, start = compiler->pending;
    uint32_t code_point;

    while (start < end) {
        size_t next = start;
        while (next < end) {
            size_t size = pattern_decode(pattern->literal + next, end - next, &code_point);
            if (compiler->single || code_point >= PATTERN_BYTE) break;
            next += size;
        }
        if (next > start) {
            emit(compiler, (struct pattern_code){.op = PATTERN_LITERAL, .from = start, .size = next - start});
        } else {
            next += pattern_decode(pattern->literal + start, end - start, &code_point);
            if (pattern->flags & SH_PATTERN_NOCASE) code_point = letter_lower(code_point);
            emit(compiler, (struct pattern_code){.op = PATTERN_CHAR, .code_point = code_point});
        }
        start = next;
    }
    compiler->pending = end;
}

static void put_literal(struct compiler *compiler, char byte)
{
    compiler->pattern->literal[compiler->pattern->literal_length++] = byte;
}

static uint32_t emit_special(struct compiler *compiler, enum pattern_op op)
{
    flush_literal(compiler);
    compiler->pattern->is_literal = false;
    return emit(compiler, (struct pattern_code){.op = op, .target = NO_TARGET});
}

static void land(struct compiler *compiler, uint32_t jump)
{
    if (compiler->failure) return;
    compiler->pattern->code[jump].target = (uint32_t)compiler->pattern->count;
}

/* --- Sets --- */

/* One character of a set at *at; a backslash before any of its bytes is dropped. False at the end. */
static bool read_character(const char *text, size_t *at, size_t end, uint32_t *code_point)
{
    char bytes[4];
    size_t behind[4], count = 0, i = *at, size;

    while (count < sizeof bytes && i < end) {
        if (text[i] == '\\' && i + 1 < end) i++;
        if (count && ((unsigned char)text[i] & 0xc0) != 0x80) break;
        bytes[count] = text[i++];
        behind[count++] = i;
        if ((unsigned char)bytes[0] < 0x80) break;
    }
    if (count == 0 || (text[*at] == '\\' && *at + 1 == end)) return false;
    size = pattern_decode(bytes, count, code_point);
    *at = behind[size - 1];
    return true;
}

/* Names of collating symbols as the POSIX locale has them (POSIX.1-2017 XBD table 6-1), from the space on. */
static const char *const symbols[] = {
    "space",
    "exclamation-mark",
    "quotation-mark",
    "number-sign",
    "dollar-sign",
    "percent-sign",
    "ampersand",
    "apostrophe",
    "left-parenthesis",
    "right-parenthesis",
    "asterisk",
    "plus-sign",
    "comma",
    "hyphen",
    "period",
    "slash",
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "colon",
    "semicolon",
    "less-than-sign",
    "equals-sign",
    "greater-than-sign",
    "question-mark",
    "commercial-at",
};
static const char *const later_symbols[] = {
    "left-square-bracket", "backslash", "right-square-bracket", "circumflex", "underscore", "grave-accent",
};
static const char *const last_symbols[] = {"left-brace", "vertical-line", "right-brace", "tilde"};

static uint32_t symbol_in(const char *const *names, size_t count, char first, const char *name, size_t length)
{
    size_t i;
    for (i = 0; i < count; i++)
        if (strlen(names[i]) == length && memcmp(names[i], name, length) == 0)
            return (uint32_t)(first + (int)i);
    return INVALID;
}

static uint32_t symbol(const char *name, size_t length)
{
    static const struct {
        char name[16];
        char character;
    } others[] = {{"hyphen-minus", '-'},     {"full-stop", '.'}, {"solidus", '/'},
                  {"reverse-solidus", '\\'}, {"tab", '\t'},      {"newline", '\n'}};
    uint32_t code_point;
    size_t i;

    if (length == 0) return INVALID;
    if (pattern_decode(name, length, &code_point) == length) return code_point;
    for (i = 0; i < sizeof others / sizeof others[0]; i++)
        if (strnlen(others[i].name, sizeof others[i].name) == length &&
            memcmp(others[i].name, name, length) == 0)
            return (uint32_t)others[i].character;
    code_point = symbol_in(symbols, sizeof symbols / sizeof symbols[0], ' ', name, length);
    if (code_point == INVALID)
        code_point =
            symbol_in(later_symbols, sizeof later_symbols / sizeof later_symbols[0], '[', name, length);
    if (code_point == INVALID)
        code_point = symbol_in(last_symbols, sizeof last_symbols / sizeof last_symbols[0], '{', name, length);
    return code_point;
}

/* For "[:", "[." or "[=" at `at`: where the sign comes again before a ']', 0 when it does not. */
static size_t end_of_name(const char *text, size_t at, size_t end)
{
    size_t i;
    for (i = at + 2; i + 1 < end && i - at < NAME_LIMIT; i++)
        if (text[i] == text[at + 1] && text[i + 1] == ']' && (i > at + 2 || text[at + 1] == ':')) return i;
    return 0;
}

static void add_range(struct compiler *compiler, struct pattern_set *set, size_t *capacity, uint32_t first,
                      uint32_t last)
{
    if (compiler->pattern->flags & SH_PATTERN_NOCASE) {
        first = letter_lower(first);
        last = letter_lower(last);
    }
    if (compiler->failure || first > last || first == INVALID || last == INVALID) return;
    if (set->count == *capacity) {
        size_t more = *capacity ? 2 * *capacity : RANGES_FIRST;
        struct pattern_range *ranges =
            arena_grow(compiler->arena, set->ranges, set->count * sizeof *ranges, more * sizeof *ranges);
        if (ranges == NULL) {
            compiler->failure = UMBRA_ENOMEM;
            return;
        }
        set->ranges = ranges;
        *capacity = more;
    }
    set->ranges[set->count++] = (struct pattern_range){first, last};
}

/* A character or a collating symbol: what may begin or end a range. */
static bool read_end(const char *text, size_t *at, size_t end, uint32_t *code_point)
{
    size_t name_end = 0;

    if (*at + 1 < end && text[*at] == '[' && text[*at + 1] == '.') name_end = end_of_name(text, *at, end);
    if (name_end == 0) return read_character(text, at, end, code_point);
    *code_point = symbol(text + *at + 2, name_end - *at - 2);
    *at = name_end + 2;
    return true;
}

/* One member of a set; false when the set is not closed. */
static bool read_member(struct compiler *compiler, struct pattern_set *set, size_t *capacity, size_t *at,
                        size_t end)
{
    const char *text = compiler->text;
    uint32_t first, last;

    if (*at + 1 < end && text[*at] == '[' && (text[*at + 1] == ':' || text[*at + 1] == '=')) {
        size_t name_end = end_of_name(text, *at, end), name = *at + 2;
        bool equal = text[*at + 1] == '=';
        if (name_end && equal) {
            if (pattern_decode(text + name, name_end - name, &first) == name_end - name) {
                add_range(compiler, set, capacity, first, first);
                *at = name_end + 2;
                return true;
            }
        } else if (name_end) {
            int class = letter_class(text + name, name_end - name);
            if (class >= 0) set->classes |= 1u << class;
            *at = name_end + 2;
            return true;
        }
    }
    if (!read_end(text, at, end, &first)) return false;
    last = first;
    if (*at + 1 < end && text[*at] == '-' && text[*at + 1] != ']') {
        ++*at;
        if (!read_end(text, at, end, &last)) return false;
        if (first == INVALID) last = INVALID;
    }
    add_range(compiler, set, capacity, first, last);
    return true;
}

/* The set that begins behind the '[' before `at`: where it ends (behind its ']'), 0 when it is none. */
static size_t read_set(struct compiler *compiler, size_t at, size_t end, struct pattern_set *set)
{
    const char *text = compiler->text;
    size_t capacity = 0, start, i;

    if (end - at > SH_PATTERN_SET) end = at + SH_PATTERN_SET;
    if (at < end && (text[at] == '!' || text[at] == '^')) {
        set->negated = true;
        at++;
    }
    for (start = at; at < end && (at == start || text[at] != ']');) {
        size_t from = at;
        if (!read_member(compiler, set, &capacity, &at, end) || compiler->failure) return 0;
        if ((compiler->pattern->flags & SH_PATTERN_PATH) && memchr(text + from, '/', at - from)) return 0;
    }
    if (at >= end) return 0;
    for (i = 0; i < 128; i++)
        if (pattern_set_has(set, (uint32_t)i, compiler->pattern->flags & SH_PATTERN_NOCASE))
            set->ascii[i >> 5] |= 1u << (i & 31);
    return at + 1;
}

/* The '[' at compiler->at: a set, or only that character. */
static void parse_set(struct compiler *compiler, size_t end)
{
    struct pattern_set *set = arena_zero(compiler->arena, sizeof *set);
    size_t behind;
    uint32_t index;

    if (set == NULL) {
        compiler->failure = UMBRA_ENOMEM;
        return;
    }
    behind = read_set(compiler, compiler->at + 1, end, set);
    if (behind == 0) {
        put_literal(compiler, compiler->text[compiler->at++]);
        return;
    }
    index = emit_special(compiler, PATTERN_SET);
    if (compiler->failure) return;
    compiler->pattern->code[index].set = set;
    compiler->at = behind;
}

/* --- Groups --- */

static bool begins_group(const struct compiler *compiler, size_t at, size_t end)
{
    return (compiler->pattern->flags & SH_PATTERN_EXTGLOB) && at + 1 < end && compiler->text[at + 1] == '(' &&
           compiler->text[at] != '\0' && strchr("?*+@!", compiler->text[at]) != NULL;
}

/* The ']' of a set in a group as the search for the group's end sees it, 0 when there is none. */
static size_t skip_set(const char *text, size_t at, size_t end)
{
    size_t i = at + 1;

    if (end - at > SH_PATTERN_SET) end = at + SH_PATTERN_SET;
    if (i < end && (text[i] == '!' || text[i] == '^')) i++;
    if (i < end && text[i] == ']') i++;
    for (; i < end; i++) {
        if (text[i] == ']') return i;
        if (text[i] == '\\') {
            i++;
        } else if (text[i] == '[' && i + 1 < end &&
                   (text[i + 1] == ':' || text[i + 1] == '.' || text[i + 1] == '=')) {
            size_t name_end = end_of_name(text, i, end);
            if (name_end) i = name_end + 1;
        }
    }
    return 0;
}

/* From inside a group, the ')' that closes it, or with bars a '|' of its level before; `end` when there is
 * neither. */
static size_t end_of_alternative(const char *text, size_t at, size_t end, bool bars)
{
    size_t depth = 0;

    for (; at < end; at++) {
        char c = text[at];
        if (c == '\\') {
            at++;
        } else if (c == '[') {
            size_t close = skip_set(text, at, end);
            if (close == 0 && !bars) return end;
            if (close) at = close;
        } else if (c == '(') {
            depth++;
        } else if ((c == ')' && depth-- == 0) || (c == '|' && depth == 0 && bars)) {
            return at;
        }
    }
    return end;
}

static void parse_sequence(struct compiler *compiler, size_t end);

/* The alternatives from compiler->at to the ')' at `close`. */
static void parse_alternatives(struct compiler *compiler, size_t close)
{
    struct sh_pattern *pattern = compiler->pattern;
    uint32_t exits = NO_TARGET; /* a list of jumps through their targets */

    for (;;) {
        size_t end = end_of_alternative(compiler->text, compiler->at, close, true);
        uint32_t split = 0, jump;
        if (end < close) split = emit_special(compiler, PATTERN_SPLIT);
        parse_sequence(compiler, end);
        flush_literal(compiler);
        compiler->at = end + 1;
        if (end >= close || compiler->failure) break;
        jump = emit_special(compiler, PATTERN_JUMP);
        if (compiler->failure) return;
        pattern->code[jump].target = exits;
        exits = jump;
        land(compiler, split);
    }
    while (exits != NO_TARGET && !compiler->failure) {
        uint32_t next = pattern->code[exits].target;
        land(compiler, exits);
        exits = next;
    }
}

static void parse_group(struct compiler *compiler, size_t close)
{
    char kind = compiler->text[compiler->at];
    uint32_t start = 0, jump;

    if (++compiler->depth > SH_PATTERN_DEPTH) {
        compiler->failure = UMBRA_ELIMIT;
        return;
    }
    flush_literal(compiler);
    compiler->pattern->has_groups = true;
    compiler->at += 2;
    if (kind == '?' || kind == '*') start = emit_special(compiler, PATTERN_SPLIT);
    if (kind == '!') start = emit_special(compiler, PATTERN_NOT);
    if (kind == '+') start = (uint32_t)compiler->pattern->count;
    parse_alternatives(compiler, close);
    if (kind == '*' || kind == '+') {
        jump = emit_special(compiler, kind == '*' ? PATTERN_JUMP : PATTERN_SPLIT);
        if (!compiler->failure) compiler->pattern->code[jump].target = start;
    }
    if (kind == '!') emit_special(compiler, PATTERN_END);
    if (kind == '?' || kind == '*' || kind == '!') land(compiler, start);
    compiler->pattern->is_literal = false;
    compiler->depth--;
}

/* Up to `end`, which is the end of the text or of an alternative. */
static void parse_sequence(struct compiler *compiler, size_t end)
{
    const char *text = compiler->text;
    bool plain = false; /* a group that is not closed makes the rest literal */

    while (compiler->at < end && compiler->failure == 0) {
        char c = text[compiler->at];
        size_t close;
        if (!plain && begins_group(compiler, compiler->at, end)) {
            close = end_of_alternative(text, compiler->at + 2, end, false);
            plain = close >= end;
            if (!plain) {
                parse_group(compiler, close);
                continue;
            }
        }
        if (c == '\\' && compiler->at + 1 < end) {
            put_literal(compiler, text[compiler->at + 1]);
            compiler->at += 2;
        } else if (c == '[' && !plain) {
            parse_set(compiler, end);
        } else if (c == '*' && !plain) {
            emit_special(compiler, PATTERN_STAR);
            while (compiler->at < end && text[compiler->at] == '*' &&
                   !begins_group(compiler, compiler->at, end))
                compiler->at++;
        } else if (c == '?' && !plain) {
            emit_special(compiler, PATTERN_ANY);
            compiler->at++;
        } else {
            put_literal(compiler, c);
            compiler->at++;
        }
    }
}

/* Whether the text looks as if it had groups. */
static bool may_have_groups(const struct compiler *compiler, size_t length)
{
    size_t at;
    for (at = 0; at < length; at++)
        if (begins_group(compiler, at, length)) return true;
    return false;
}

int sh_pattern_compile(struct arena *arena, const char *text, size_t length, unsigned flags,
                       struct sh_pattern **pattern, struct error *error)
{
    struct compiler compiler = {.arena = arena, .text = text};
    struct sh_pattern *made = arena_zero(arena, sizeof *made);

    if (made == NULL) goto memory;
    made->literal = arena_take(arena, length + 1);
    if (made->literal == NULL) goto memory;
    made->flags = flags;
    made->is_literal = !(flags & SH_PATTERN_NOCASE);
    compiler.pattern = made;
    compiler.single = may_have_groups(&compiler, length);
    if (compiler.single && length > SH_PATTERN_LENGTH)
        return error_set(error, UMBRA_ELIMIT, "a pattern with groups may have %u bytes, this one has %zu",
                         SH_PATTERN_LENGTH, length);
    if (flags & SH_PATTERN_NOCASE) compiler.single = true;
    parse_sequence(&compiler, length);
    flush_literal(&compiler);
    emit(&compiler, (struct pattern_code){.op = PATTERN_END});
    if (compiler.failure == UMBRA_ELIMIT)
        return error_set(error, UMBRA_ELIMIT, "the groups of a pattern may be %u deep, these are deeper",
                         SH_PATTERN_DEPTH);
    if (compiler.failure) goto memory;
    *pattern = made;
    return 0;
memory:
    return error_memory(error);
}
