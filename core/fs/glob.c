#include "fs/glob.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

/* A pattern becomes a small non-deterministic automaton (K. Thompson, "Regular expression search algorithm",
 * CACM 11 (1968)); all its states are followed at once, so nothing is ever tried twice. */
enum op {
    OP_CHAR,    /* code_point */
    OP_ANY,     /* one character but '/' */
    OP_SET,     /* one character of the set at [from, to) of the pattern */
    OP_STAR,    /* stays on any character but '/', or goes on */
    OP_BELOW,   /* "**" + "/": at the beginning of a part; swallows whole parts, or goes on */
    OP_INSIDE,  /* in a part that OP_BELOW swallows; target: the OP_BELOW */
    OP_REST,    /* "**" at the end: swallows all that is left, at least one part */
    OP_IN_REST, /* in a part that OP_REST swallows; target: the OP_REST */
    OP_SPLIT,   /* goes on, and to target */
    OP_JUMP,    /* goes to target */
    OP_MATCH,
};

struct state {
    uint8_t op;
    bool first; /* OP_CHAR: the pattern's part begins here, so it may take a leading dot */
    uint16_t target;
    uint16_t from, to;
    uint32_t code_point;
};

struct fs_glob {
    const char *pattern; /* a copy, behind the states */
    size_t length;
    struct state *states;
    size_t count, capacity;
    /* for matching */
    uint16_t *lists; /* the memory of the three */
    uint16_t *now, *next, *stack;
    unsigned char *seen;
    size_t now_count, next_count;
};

struct compiler {
    struct fs_glob *glob;
    size_t at;
    int depth;
    bool first; /* a part of the path begins here */
    int failure;
};

static size_t add(struct compiler *compiler, struct state state)
{
    struct fs_glob *glob = compiler->glob;
    if (glob->count == glob->capacity) {
        size_t capacity = glob->capacity ? glob->capacity * 2 : 64;
        struct state *states =
            capacity < UINT16_MAX ? realloc(glob->states, capacity * sizeof *states) : NULL;
        if (states == NULL) {
            compiler->failure = UMBRA_ENOMEM;
            return 0;
        }
        glob->states = states;
        glob->capacity = capacity;
    }
    glob->states[glob->count] = state;
    return glob->count++;
}

static size_t decode(const char *text, size_t length, uint32_t *code_point)
{
    size_t step = utf8_decode(text, length, code_point);
    if (step) return step;
    *code_point = 0x110000u + (unsigned char)text[0]; /* not UTF-8: a character of its own */
    return 1;
}

/* The index behind the ']' of the set that begins at `at`, 0 when it is not closed. A '/' ends the search. */
static size_t end_of_set(const char *pattern, size_t length, size_t at)
{
    size_t i = at + 1;
    if (i < length && (pattern[i] == '!' || pattern[i] == '^')) i++;
    if (i < length && pattern[i] == ']') i++;
    for (; i < length && pattern[i] != '/'; i++) {
        if (pattern[i] == ']') return i + 1;
        if (pattern[i] == '\\' && i + 1 < length) {
            i++;
        } else if (pattern[i] == '[' && i + 1 < length && pattern[i + 1] == ':') {
            size_t end = i + 2;
            while (end + 1 < length && pattern[end] != ']' && pattern[end] != '/') end++;
            if (end < length && pattern[end] == ']' && pattern[end - 1] == ':' && end > i + 3) i = end;
        }
    }
    return 0;
}

/* The index of the '}' that closes the brace at `at`, 0 when there is none or no comma on its level. */
static size_t end_of_braces(const char *pattern, size_t length, size_t at)
{
    bool comma = false;
    int depth = 0;
    size_t i;
    for (i = at; i < length; i++) {
        char c = pattern[i];
        size_t set = c == '[' ? end_of_set(pattern, length, i) : 0;
        if (set) {
            i = set - 1;
        } else if (c == '\\') {
            i++;
        } else if (c == '{') {
            depth++;
        } else if (c == ',' && depth == 1) {
            comma = true;
        } else if (c == '}' && --depth == 0) {
            return comma ? i : 0;
        }
    }
    return 0;
}

static void compile_sequence(struct compiler *compiler, size_t end, bool inside);

/* {a,b,c}: split to each alternative, all of which jump behind the last. */
static void compile_braces(struct compiler *compiler, size_t end)
{
    struct fs_glob *glob = compiler->glob;
    size_t exits = 0, first_exit = 0, i;
    bool first = compiler->first, first_after = false;

    if (++compiler->depth > FS_GLOB_DEPTH) {
        compiler->failure = UMBRA_EINVAL;
        return;
    }
    compiler->at++;
    for (;;) {
        size_t split = add(compiler, (struct state){.op = OP_SPLIT});
        size_t jump;
        compiler->first = first;
        compile_sequence(compiler, end, true);
        first_after |= compiler->first;
        if (compiler->failure) return;
        /* The exits form a list through their targets until the place behind is known. */
        jump = add(compiler, (struct state){.op = OP_JUMP, .target = (uint16_t)first_exit});
        first_exit = jump;
        exits++;
        if (compiler->failure) return;
        glob->states[split].target = (uint16_t)glob->count;
        if (compiler->at++ == end) {
            glob->states[split].op = OP_JUMP;
            glob->states[split].target = (uint16_t)(split + 1);
            break;
        }
    }
    for (i = first_exit; exits > 0; exits--) {
        size_t before = glob->states[i].target;
        glob->states[i].target = (uint16_t)glob->count;
        i = before;
    }
    compiler->first = first_after;
    compiler->depth--;
}

/* "**" as a whole part at `at`: 3 with the '/' behind it, 2 at the end, 0 when it is none. */
static size_t whole_part(const struct compiler *compiler, size_t end, bool inside)
{
    const char *at = compiler->glob->pattern + compiler->at;
    size_t left = end - compiler->at;

    if (!compiler->first || left < 2 || at[0] != '*' || at[1] != '*') return 0;
    if (left == 2 || (inside && at[2] == ',')) return 2;
    return at[2] == '/' ? 3 : 0;
}

static void compile_stars(struct compiler *compiler, size_t end, bool inside)
{
    struct fs_glob *glob = compiler->glob;
    size_t whole = whole_part(compiler, end, inside), below;

    if (whole) {
        below = add(compiler, (struct state){.op = whole == 3 ? OP_BELOW : OP_REST});
        add(compiler, (struct state){.op = whole == 3 ? OP_INSIDE : OP_IN_REST, .target = (uint16_t)below});
        compiler->at += whole;
        compiler->first = whole == 3;
        return;
    }
    while (compiler->at < end && glob->pattern[compiler->at] == '*') compiler->at++;
    add(compiler, (struct state){.op = OP_STAR});
    compiler->first = false;
}

static void compile_literal(struct compiler *compiler, size_t end)
{
    const char *pattern = compiler->glob->pattern;
    uint32_t code_point;

    if (pattern[compiler->at] == '\\' && compiler->at + 1 < end) compiler->at++;
    compiler->at += decode(pattern + compiler->at, compiler->glob->length - compiler->at, &code_point);
    add(compiler, (struct state){.op = OP_CHAR, .first = compiler->first, .code_point = code_point});
    compiler->first = code_point == '/';
}

/* Compiles up to `end`, or inside braces up to a ',' or '}' of its level; leaves compiler->at there. */
static void compile_sequence(struct compiler *compiler, size_t end, bool inside)
{
    const char *pattern = compiler->glob->pattern;

    while (compiler->at < end && !compiler->failure) {
        size_t at = compiler->at, close;
        switch (pattern[at]) {
        case ',':
            if (inside) return;
            compile_literal(compiler, end);
            break;
        case '*':
            compile_stars(compiler, end, inside);
            break;
        case '?':
            add(compiler, (struct state){.op = OP_ANY});
            compiler->at++;
            compiler->first = false;
            break;
        case '[':
            close = end_of_set(pattern, end, at);
            if (close == 0) {
                compile_literal(compiler, end);
                break;
            }
            add(compiler,
                (struct state){.op = OP_SET, .from = (uint16_t)(at + 1), .to = (uint16_t)(close - 1)});
            compiler->at = close;
            compiler->first = false;
            break;
        case '{':
            close = end_of_braces(pattern, end, at);
            if (close)
                compile_braces(compiler, close);
            else
                compile_literal(compiler, end);
            break;
        default:
            compile_literal(compiler, end);
        }
    }
}

int fs_glob_compile(const char *pattern, size_t length, struct fs_glob **out, struct error *error)
{
    struct fs_glob *glob = NULL;
    struct compiler compiler = {.first = true};
    char *copy;

    *out = NULL;
    if (length == 0) return error_set(error, UMBRA_EINVAL, "an empty pattern");
    if (length > FS_GLOB_MAX)
        return error_set(error, UMBRA_EINVAL, "a path pattern of %zu bytes; at most %d are allowed", length,
                         FS_GLOB_MAX);
    glob = calloc(1, sizeof *glob + length);
    if (glob == NULL) return error_memory(error);
    copy = (char *)(glob + 1);
    memcpy(copy, pattern, length);
    glob->pattern = copy;
    glob->length = length;
    compiler.glob = glob;
    compile_sequence(&compiler, length, false);
    add(&compiler, (struct state){.op = OP_MATCH});
    if (compiler.failure == UMBRA_EINVAL) {
        error_set(error, UMBRA_EINVAL, "a path pattern with braces nested over %d deep", FS_GLOB_DEPTH);
        goto fail;
    }
    glob->lists = calloc(glob->count * 3, sizeof glob->lists[0]);
    glob->seen = calloc(glob->count, 1);
    if (compiler.failure || glob->lists == NULL || glob->seen == NULL) {
        compiler.failure = error_memory(error);
        goto fail;
    }
    glob->now = glob->lists;
    glob->next = glob->now + glob->count;
    glob->stack = glob->next + glob->count;
    *out = glob;
    return 0;
fail:
    fs_glob_free(glob);
    return compiler.failure;
}

void fs_glob_free(struct fs_glob *glob)
{
    if (glob == NULL) return;
    free(glob->states);
    free(glob->lists);
    free(glob->seen);
    free(glob);
}

size_t fs_glob_cost(const struct fs_glob *glob)
{
    return glob->count;
}

static bool in_class(const char *name, size_t length, uint32_t c)
{
    static const struct {
        const char *name;
        int (*test)(int);
    } classes[] = {{"alpha", isalpha}, {"digit", isdigit}, {"alnum", isalnum},
                   {"upper", isupper}, {"lower", islower}, {"space", isspace},
                   {"blank", isblank}, {"punct", ispunct}, {"xdigit", isxdigit}};
    size_t i;
    for (i = 0; i < sizeof classes / sizeof classes[0]; i++)
        if (strlen(classes[i].name) == length && memcmp(classes[i].name, name, length) == 0)
            return c < 0x80 && classes[i].test((int)c) != 0;
    return false;
}

/* One member of a set at *at, moved behind it. */
static uint32_t set_member(const struct fs_glob *glob, size_t *at, size_t to)
{
    uint32_t code_point;
    if (glob->pattern[*at] == '\\' && *at + 1 < to) (*at)++;
    *at += decode(glob->pattern + *at, to - *at, &code_point);
    return code_point;
}

static bool in_set(const struct fs_glob *glob, const struct state *state, uint32_t c)
{
    const char *pattern = glob->pattern;
    size_t at = state->from, to = state->to;
    bool negated = pattern[at] == '!' || pattern[at] == '^', found = false;

    if (negated) at++;
    while (at < to) {
        uint32_t first, last;
        if (pattern[at] == '[' && at + 1 < to && pattern[at + 1] == ':') {
            const char *end = memchr(pattern + at, ']', to - at);
            if (end && end[-1] == ':' && end > pattern + at + 3) {
                found |= in_class(pattern + at + 2, (size_t)(end - pattern) - at - 3, c);
                at = (size_t)(end - pattern) + 1;
                continue;
            }
        }
        first = last = set_member(glob, &at, to);
        if (at + 1 < to && pattern[at] == '-') {
            at++;
            last = set_member(glob, &at, to);
        }
        found |= c >= first && c <= last;
    }
    return found != negated;
}

/* Adds a state and all that can be reached from it without a character to glob->next. */
static void enter(struct fs_glob *glob, size_t index)
{
    size_t depth = 0;

    glob->stack[depth++] = (uint16_t)index;
    while (depth) {
        uint16_t i = glob->stack[--depth];
        const struct state *state = &glob->states[i];
        if (glob->seen[i]) continue;
        glob->seen[i] = 1;
        switch (state->op) {
        case OP_JUMP:
            glob->stack[depth++] = state->target;
            break;
        case OP_SPLIT:
            glob->stack[depth++] = state->target;
            glob->stack[depth++] = i + 1;
            break;
        case OP_STAR:
        case OP_BELOW:
            glob->next[glob->next_count++] = i;
            glob->stack[depth++] = state->op == OP_STAR ? i + 1 : i + 2;
            break;
        default:
            glob->next[glob->next_count++] = i;
            break;
        }
    }
}

/* Follows one state over the character c. hidden: c is the dot that begins a name. */
static void follow(struct fs_glob *glob, uint16_t i, uint32_t c, bool hidden)
{
    const struct state *state = &glob->states[i];

    switch (state->op) {
    case OP_CHAR:
        if (state->code_point == c && (!hidden || state->first)) enter(glob, i + 1u);
        break;
    case OP_ANY:
        if (c != '/' && !hidden) enter(glob, i + 1u);
        break;
    case OP_SET:
        if (c != '/' && !hidden && in_set(glob, state, c)) enter(glob, i + 1u);
        break;
    case OP_STAR:
        if (c != '/' && !hidden) enter(glob, i);
        break;
    case OP_BELOW:
        if (c != '/' && !hidden) enter(glob, i + 1u);
        break;
    case OP_INSIDE:
        enter(glob, c == '/' ? state->target : i);
        break;
    case OP_REST:
        if (c == '/' || hidden) break;
        enter(glob, i + 1u);
        enter(glob, i + 2u);
        break;
    case OP_IN_REST:
        enter(glob, c == '/' ? state->target : i);
        if (c != '/') enter(glob, i + 1u);
        break;
    default:
        break;
    }
}

bool fs_glob_match(struct fs_glob *glob, const char *path, size_t length)
{
    size_t at = 0, i;
    bool begins = true;

    glob->next_count = 0;
    memset(glob->seen, 0, glob->count);
    enter(glob, 0);
    while (at < length) {
        uint16_t *swap = glob->now;
        uint32_t c;

        at += decode(path + at, length - at, &c);
        glob->now = glob->next;
        glob->next = swap;
        glob->now_count = glob->next_count;
        glob->next_count = 0;
        if (glob->now_count == 0) return false;
        memset(glob->seen, 0, glob->count);
        for (i = 0; i < glob->now_count; i++) follow(glob, glob->now[i], c, begins && c == '.');
        begins = c == '/';
    }
    for (i = 0; i < glob->next_count; i++)
        if (glob->states[glob->next[i]].op == OP_MATCH) return true;
    return false;
}
