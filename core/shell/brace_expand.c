/* brace_expand.c: the words that a{b,c}d and {1..3} stand for (bash 5.2 manual, "Brace Expansion"). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shell/expand.h"
#include "shell/parser.h"

/* Words are made one after the other: a choice for each brace, the last one changing fastest. */
struct maker {
    struct shell *shell;
    struct sh_word *first, **last;
    bool failed;
};

static struct sh_part *copy_part(struct maker *maker, const struct sh_part *part)
{
    struct sh_part *copy = arena_take(&maker->shell->process->arena, sizeof *copy);

    if (copy == NULL) {
        maker->failed = true;
        return NULL;
    }
    *copy = *part;
    copy->next = NULL;
    return copy;
}

/* A row of parts in the making, with the rest of the word that is still to be looked at. */
struct row {
    struct row *up; /* what comes behind when this rest has ended */
    const struct sh_part *part, *end;
};

struct chain { /* parts so far, the last one first */
    const struct chain *before;
    struct sh_part *part;
};

/* Where a tilde's name ends: before a slash or colon; NULL: there is none. */
static const char *name_end(const struct sh_part *part)
{
    size_t i;

    for (i = 0; i < part->size; i++)
        if (part->text[i] == '/' || part->text[i] == ':') return part->text + i;
    return NULL;
}

/* A tilde that braces brought to the beginning of a word: ~ or ~name, up to a slash, a colon or the word's
 * end. */
static void find_tilde(struct maker *maker, struct sh_part *part)
{
    const char *slash = part->kind == SH_LITERAL ? name_end(part) : NULL;
    size_t length = slash ? (size_t)(slash - part->text) : part->size;
    struct sh_part *rest = part->next;

    if (part->kind != SH_LITERAL || part->quoted || part->size == 0 || *part->text != '~') return;
    if (slash) {
        rest = copy_part(maker, part);
        if (rest == NULL) return;
        rest->next = part->next;
        rest->text = slash;
        rest->size = part->size - length;
    } else if (rest && (rest->kind != SH_LITERAL || rest->quoted || rest->size == 0 ||
                        name_end(rest) != rest->text)) {
        return;
    }
    part->kind = SH_TILDE;
    part->text = arena_copy(&maker->shell->process->arena, part->text + 1, length - 1);
    part->size = length - 1;
    part->next = rest;
    if (part->text == NULL) maker->failed = true;
}

/* $name with letters behind it that braces brought there: they are of the name, as braces are text. */
static void lengthen_name(struct maker *maker, struct sh_part *part, struct sh_part *next)
{
    struct arena *arena = &maker->shell->process->arena;
    struct sh_parameter *longer;
    size_t more = 0, length;
    char *name;

    if (part->kind != SH_PARAMETER || part->quoted || part->of.parameter->source != part->of.parameter->name)
        return;
    if (next->kind != SH_LITERAL || next->quoted) return;
    length = part->of.parameter->length;
    if (!sh_is_name(part->of.parameter->name, length)) return;
    while (more < next->size && (sh_is_name(next->text + more, 1) || (unsigned)(next->text[more] - '0') < 10))
        more++;
    if (more == 0) return;
    longer = arena_take(arena, sizeof *longer);
    name = arena_take(arena, length + more + 1);
    if (longer == NULL || name == NULL) {
        maker->failed = true;
        return;
    }
    memcpy(name, part->of.parameter->name, length);
    memcpy(name + length, next->text, more);
    name[length + more] = '\0';
    *longer = *part->of.parameter;
    longer->name = longer->source = name;
    longer->length = (uint32_t)(length + more);
    longer->source_length = length + more;
    longer->hash = sh_hash(name, length + more);
    part->of.parameter = longer;
    next->text += more;
    next->size -= more;
}

static void add_word(struct maker *maker, const struct chain *chain)
{
    struct sh_word *word = arena_zero(&maker->shell->process->arena, sizeof *word);
    struct sh_part *parts = NULL, *next;

    sh_charge(maker->shell, 64);
    if (word == NULL) maker->failed = true;
    for (; chain && !maker->failed; chain = chain->before) {
        struct sh_part *copy = copy_part(maker, chain->part);
        if (copy == NULL) return;
        copy->next = parts;
        parts = copy;
        for (next = copy->next; next && !maker->failed; next = next->size ? NULL : next->next)
            lengthen_name(maker, copy, next);
    }
    if (maker->failed || parts == NULL) return; /* an empty word without quotes is none */
    find_tilde(maker, parts);
    word->parts = parts;
    *maker->last = word;
    maker->last = &word->next;
}

static const struct sh_part *closing(const struct sh_part *part)
{
    unsigned depth = 0;

    for (;; part = part->next) {
        if (part->kind == SH_BRACE_OPEN) depth++;
        if (part->kind == SH_BRACE_CLOSE && --depth == 0) return part;
    }
}

static void make(struct maker *maker, const struct chain *chain, const struct row *row);

static void make_with(struct maker *maker, const struct chain *chain, const struct row *row, const char *text,
                      size_t size)
{
    struct sh_part literal = {
        .kind = SH_LITERAL, .text = arena_copy(&maker->shell->process->arena, text, size), .size = size};
    struct chain longer = {chain, &literal};

    if (literal.text == NULL)
        maker->failed = true;
    else
        make(maker, &longer, row);
}

static int64_t read_number(const char *text, size_t size)
{
    bool negative = *text == '-';
    uint64_t value = 0;
    size_t i = *text == '-' || *text == '+';

    for (; i < size; i++) value = value * 10 + (uint64_t)(text[i] - '0');
    return negative ? (int64_t)(0 - value) : (int64_t)value;
}

static bool has_zeros(const char *text, size_t size)
{
    if (size && (*text == '-' || *text == '+')) {
        text++;
        size--;
    }
    return size > 1 && *text == '0';
}

struct sequence {
    int64_t from, to, step;
    bool letters;
    int width; /* digits with zeros before them */
};

static struct sequence read_sequence(const struct sh_part *part)
{
    const char *text = part->text, *dots = strstr(text, ".."), *more = strstr(dots + 2, "..");
    size_t first = (size_t)(dots - text), size = part->size;
    size_t second = (more ? (size_t)(more - text) : size) - first - 2;
    struct sequence sequence = {.step = more ? read_number(more + 2, size - (size_t)(more + 2 - text)) : 1};

    sequence.letters = first == 1 && !(*text >= '0' && *text <= '9');
    if (sequence.letters) {
        sequence.from = (unsigned char)text[0];
        sequence.to = (unsigned char)dots[2];
    } else {
        sequence.from = read_number(text, first);
        sequence.to = read_number(dots + 2, second);
        if (has_zeros(text, first) || has_zeros(dots + 2, second))
            sequence.width = (int)(first > second ? first : second);
    }
    if (sequence.step == 0) sequence.step = 1;
    if (sequence.step < 0) sequence.step = sequence.step == INT64_MIN ? INT64_MAX : -sequence.step;
    return sequence;
}

static void make_sequence(struct maker *maker, const struct chain *chain, const struct row *row,
                          const struct sh_part *part)
{
    struct sequence sequence = read_sequence(part);
    bool down = sequence.from > sequence.to;
    uint64_t count = down ? (uint64_t)sequence.from - (uint64_t)sequence.to
                          : (uint64_t)sequence.to - (uint64_t)sequence.from;
    uint64_t i;

    count /= (uint64_t)sequence.step;
    for (i = 0; i <= count && !maker->failed; i++) {
        uint64_t far = i * (uint64_t)sequence.step;
        int64_t value = (int64_t)(down ? (uint64_t)sequence.from - far : (uint64_t)sequence.from + far);
        char text[32];
        int size = sequence.letters ? snprintf(text, sizeof text, "%c", (char)value)
                                    : snprintf(text, sizeof text, "%0*lld", sequence.width, (long long)value);
        make_with(maker, chain, row, text, (size_t)size);
        if (i == UINT64_MAX) break;
    }
}

/* The alternatives of a brace, each with what follows the brace behind it. */
static void make_choices(struct maker *maker, const struct chain *chain, const struct sh_part *open,
                         const struct row *rest)
{
    const struct sh_part *close = closing(open), *start = open->next, *part;
    unsigned depth = 0;
    bool comma = false;

    for (part = open->next; part != close; part = part->next) {
        if (part->kind == SH_BRACE_OPEN) depth++;
        if (part->kind == SH_BRACE_CLOSE) depth--;
        comma |= part->kind == SH_BRACE_COMMA && depth == 0;
    }
    if (!comma) {
        make_sequence(maker, chain, rest, open->next);
        return;
    }
    for (part = open->next; !maker->failed; part = part->next) {
        if (part->kind == SH_BRACE_OPEN) depth++;
        if (part->kind == SH_BRACE_CLOSE && part != close) depth--;
        if (part == close || (part->kind == SH_BRACE_COMMA && depth == 0)) {
            struct row row = {(struct row *)(uintptr_t)rest, start, part};
            make(maker, chain, &row);
            if (part == close) return;
            start = part->next;
        }
    }
}

static void make(struct maker *maker, const struct chain *chain, const struct row *row)
{
    struct row rest;

    while (row && row->part == row->end) row = row->up;
    if (maker->failed) return;
    if (row == NULL) {
        add_word(maker, chain);
        return;
    }
    rest = (struct row){row->up, row->part->next, row->end};
    if (row->part->kind == SH_BRACE_OPEN) {
        rest.part = closing(row->part)->next;
        make_choices(maker, chain, row->part, &rest);
    } else {
        struct chain longer = {chain, (struct sh_part *)(uintptr_t)row->part};
        make(maker, &longer, &rest);
    }
}

struct sh_word *sh_expand_braces(struct shell *shell, const struct sh_word *word)
{
    struct maker maker = {.shell = shell};
    struct row row = {NULL, word->parts, NULL};
    struct sh_word *empty;

    maker.last = &maker.first;
    make(&maker, NULL, &row);
    if (maker.failed || shell->process->arena.failed) {
        sh_out_of_memory(shell);
        return NULL;
    }
    if (maker.first) return maker.first;
    empty = arena_zero(&shell->process->arena, sizeof *empty);
    if (empty == NULL) sh_out_of_memory(shell);
    return empty;
}
