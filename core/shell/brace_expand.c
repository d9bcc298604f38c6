/* brace_expand.c: the words that a{b,c}d and {1..3} stand for (bash 5.2 manual, "Brace Expansion"). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shell/expand.h"
#include "shell/parser.h"

struct sequence {
    int64_t from, to, step;
    bool letters;
    int width; /* digits with zeros before them */
};

/* A word whose first brace is being replaced by one of its choices after the other. What has further braces
 * then is put on the stack, so that the last brace changes fastest. */
struct sh_braces {
    struct sh_braces *up;
    const struct sh_part *first, *open, *close; /* of the word; its first brace */
    const struct sh_part *choice;               /* the next one begins here; NULL: there is none */
    bool counts;                                /* it is a sequence */
    struct sequence sequence;
    uint64_t at, count;    /* the next number of the sequence, the last one */
    struct sh_word number; /* a word that is nothing but a number */
    char digits[32];
};

/* What a word is made with. */
struct maker {
    struct shell *shell;
    struct sh_part *first, **last;
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

static void put_part(struct maker *maker, const struct sh_part *part)
{
    struct sh_part *copy = copy_part(maker, part);

    if (copy == NULL) return;
    *maker->last = copy;
    maker->last = &copy->next;
}

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

static const struct sh_part *closing(const struct sh_part *part)
{
    unsigned depth = 0;

    for (; part->next; part = part->next) {
        if (part->kind == SH_BRACE_OPEN) depth++;
        if (part->kind == SH_BRACE_CLOSE && --depth == 0) break;
    }
    return part;
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

static int put_number(const struct sh_braces *braces, char *text, size_t room)
{
    const struct sequence *sequence = &braces->sequence;
    uint64_t far = braces->at * (uint64_t)sequence->step;
    bool down = sequence->from > sequence->to;
    int64_t value = (int64_t)(down ? (uint64_t)sequence->from - far : (uint64_t)sequence->from + far);

    return sequence->letters ? snprintf(text, room, "%c", (char)value)
                             : snprintf(text, room, "%0*lld", sequence->width, (long long)value);
}

/* The choice in hand as parts; then the next one is in hand. */
static void take_choice(struct maker *maker, struct sh_braces *braces)
{
    const struct sh_part *part = braces->choice;
    unsigned depth = 0;

    for (; part && part != braces->close && (depth || part->kind != SH_BRACE_COMMA); part = part->next) {
        if (part->kind == SH_BRACE_OPEN) depth++;
        if (part->kind == SH_BRACE_CLOSE) depth--;
        put_part(maker, part);
    }
    braces->choice = part == NULL || part == braces->close ? NULL : part->next;
}

static void take_number(struct maker *maker, struct sh_braces *braces)
{
    char text[32];
    struct sh_part literal = {.kind = SH_LITERAL, .size = (size_t)put_number(braces, text, sizeof text)};

    literal.text = arena_copy(&maker->shell->process->arena, text, literal.size);
    if (literal.text == NULL)
        maker->failed = true;
    else
        put_part(maker, &literal);
    if (braces->at++ == braces->count) braces->choice = NULL;
}

static const struct sh_part *first_open(const struct sh_part *part)
{
    while (part && part->kind != SH_BRACE_OPEN) part = part->next;
    return part;
}

static bool has_commas(const struct sh_braces *braces)
{
    const struct sh_part *part;
    unsigned depth = 0;

    for (part = braces->open->next; part && part != braces->close; part = part->next) {
        if (part->kind == SH_BRACE_OPEN) depth++;
        if (part->kind == SH_BRACE_CLOSE) depth--;
        if (part->kind == SH_BRACE_COMMA && depth == 0) return true;
    }
    return false;
}

static bool push(struct shell *shell, struct sh_braces **stack, const struct sh_part *parts,
                 const struct sh_part *open)
{
    struct sh_braces *braces = arena_zero(&shell->process->arena, sizeof *braces);

    if (braces == NULL) {
        sh_out_of_memory(shell);
        return false;
    }
    braces->first = parts;
    braces->open = open;
    braces->close = closing(open);
    braces->choice = open->next;
    braces->counts = braces->choice && !has_commas(braces);
    if (braces->counts) {
        braces->sequence = read_sequence(braces->choice);
        braces->count = braces->sequence.from > braces->sequence.to
                            ? (uint64_t)braces->sequence.from - (uint64_t)braces->sequence.to
                            : (uint64_t)braces->sequence.to - (uint64_t)braces->sequence.from;
        braces->count /= (uint64_t)braces->sequence.step;
    }
    braces->up = *stack;
    *stack = braces;
    return true;
}

bool sh_braces_push(struct shell *shell, struct sh_braces **stack, const struct sh_word *word)
{
    const struct sh_part *open = first_open(word->parts);
    return open == NULL || push(shell, stack, word->parts, open);
}

/* Names behind which letters came; from the last one on, as each takes what is left of the letters. */
static void lengthen_names(struct maker *maker)
{
    struct sh_part *part, *next, **row;
    size_t count = 0, i = 0;
    bool names = false;

    for (part = maker->first; part; part = part->next, count++) names |= part->kind == SH_PARAMETER;
    if (!names) return;
    row = arena_take(&maker->shell->process->arena, count * sizeof(struct sh_part *));
    if (row == NULL) {
        maker->failed = true;
        return;
    }
    for (part = maker->first; part; part = part->next) row[i++] = part;
    while (i-- && !maker->failed)
        for (next = row[i]->next; next && !maker->failed; next = next->size ? NULL : next->next)
            lengthen_name(maker, row[i], next);
}

/* {1..9} alone: words that need no parts. */
static bool next_number(struct sh_braces *braces, const struct sh_word **word)
{
    if (!braces->counts || braces->sequence.letters || braces->first != braces->open || braces->close->next)
        return false;
    braces->number.plain_size = (size_t)put_number(braces, braces->digits, sizeof braces->digits);
    braces->number.plain = braces->digits;
    if (braces->at++ == braces->count) braces->choice = NULL;
    *word = &braces->number;
    return true;
}

bool sh_braces_next(struct shell *shell, struct sh_braces **stack, const struct sh_word **word)
{
    struct sh_braces *braces = *stack;
    struct maker maker = {.shell = shell};
    const struct sh_part *part;
    struct sh_word *made;

    *word = NULL;
    if (braces->choice == NULL) {
        *stack = braces->up;
        return true;
    }
    if (next_number(braces, word)) return true;
    maker.last = &maker.first;
    for (part = braces->first; part != braces->open; part = part->next) put_part(&maker, part);
    if (braces->counts)
        take_number(&maker, braces);
    else
        take_choice(&maker, braces);
    for (part = braces->close->next; part; part = part->next) put_part(&maker, part);
    if (maker.failed) goto fail;
    if (maker.first == NULL) return true; /* an empty word without quotes is none */
    if ((part = first_open(maker.first)) != NULL) return push(shell, stack, maker.first, part);
    lengthen_names(&maker);
    if (!maker.failed) find_tilde(&maker, maker.first);
    made = arena_zero(&shell->process->arena, sizeof *made);
    if (made == NULL || maker.failed) goto fail;
    made->parts = maker.first;
    *word = made;
    return true;
fail:
    sh_out_of_memory(shell);
    return false;
}
